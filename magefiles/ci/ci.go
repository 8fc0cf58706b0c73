// Package ci has the checks of this repository: what `mage ci` runs. It belongs
// to this repository's own magefile, and none of the public targets imports it.
package ci

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/host/local"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/report"
)

// Options are the flags of ci.
type Options struct {
	Only []string // names of checks; empty means all
}

// check is one part of ci.
type check struct {
	name, what string
	run        func(*run, context.Context) error
}

// result is what became of a check.
type result struct {
	check check
	took  time.Duration
	err   error
	ended bool // by the end of the run, a signal's
}

// run is one run of the checks.
type run struct {
	w        *app.Run
	root     string
	env      []string // of every command
	tables   report.Options
	onGitHub bool
	command  func(context.Context, local.Command) error
	results  []result
}

// Run runs the checks of this repository one after the other, the later ones
// too when one has failed, and shows what each took.
func Run(ctx context.Context, w *app.Run, o Options) error {
	chosen, err := chooseChecks(checks(), o.Only)
	if err != nil {
		return err
	}
	c := newRun(w, local.Run)
	return w.Guard(ctx, func(ctx context.Context) error { return c.all(ctx, chosen) })
}

func newRun(w *app.Run, command func(context.Context, local.Command) error) *run {
	progress, tables := w.Reports()
	return &run{w: w, root: w.Root(), env: environ(w.Environ), tables: tables, onGitHub: progress.Mode == report.GitHub, command: command}
}

// chooseChecks keeps the order of all: it is that of the cheapest first.
func chooseChecks(all []check, only []string) ([]check, error) {
	var names []string
	for _, check := range all {
		names = append(names, check.name)
	}
	for _, name := range only {
		if slices.Contains(names, name) {
			continue
		}
		if name == "" {
			return nil, project.EmptyFlag("-only", "checks are: "+strings.Join(names, ", "))
		}
		f := failure.New(failure.Usage, "no check %q", name)
		if near := failure.Nearest(name, names); near != "" {
			return nil, f.WithHint("did you mean %s? checks are: %s", near, strings.Join(names, ", "))
		}
		return nil, f.WithHint("checks are: %s", strings.Join(names, ", "))
	}
	if len(only) == 0 {
		return all, nil
	}
	return slices.DeleteFunc(all, func(c check) bool { return !slices.Contains(only, c.name) }), nil
}

// environ leaves out what is meant for this process alone: how it was called
// and how it reports. A test that runs a target says those itself.
func environ(environ []string) []string {
	own := []string{"GITHUB_ACTIONS", "NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "SPELLBOOK_CALLER_DIR", "SPELLBOOK_COMMAND"}
	return slices.DeleteFunc(slices.Clone(environ), func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		return slices.Contains(own, name) || strings.HasPrefix(name, "MAGEFILE_") || strings.HasPrefix(name, "COMPOSE_")
	})
}

// all runs the checks; those that come after a signal are not run.
func (c *run) all(ctx context.Context, checks []check) error {
	began := c.w.Now()
	for _, check := range checks {
		c.results = append(c.results, c.one(ctx, check))
	}
	if err := c.table(c.w.Now().Sub(began)); err != nil {
		return err
	}
	return c.verdict(ctx)
}

// one runs a check between its opening and its closing line.
func (c *run) one(ctx context.Context, check check) result {
	r := result{check: check, err: errNotRun}
	if ctx.Err() != nil {
		return r
	}
	began := c.w.Now()
	c.open(check)
	r.err = check.run(c, ctx)
	r.took = c.w.Now().Sub(began)
	r.ended = ctx.Err() != nil && errors.Is(r.err, context.Cause(ctx))
	c.close(r)
	return r
}

// errNotRun is the result of a check that never began: run ci again.
var errNotRun = errors.New("not run")

// verdict is the error of the whole run.
func (c *run) verdict(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var failed []string
	for _, r := range c.results {
		if r.err != nil {
			failed = append(failed, r.check.name)
		}
	}
	if len(failed) == 0 {
		return nil
	}
	return failure.New(failure.Unexpected, "ci: %s failed", strings.Join(failed, ", ")).
		WithHint("mage ci -only=%s", strings.Join(failed, ","))
}

// do runs a command in the root of the repository, showing what it says.
func (c *run) do(ctx context.Context, argv ...string) error { return c.doWith(ctx, nil, argv...) }

// doWith is do with further variables.
func (c *run) doWith(ctx context.Context, env []string, argv ...string) error {
	line := strings.Join(append(slices.Clone(env), argv...), " ")
	_, _ = fmt.Fprintln(c.w.Out, "$ "+shorten(line, 160))
	return c.exec(ctx, c.w.Out, line, env, argv)
}

// output runs a command and returns what it printed; its errors are shown.
func (c *run) output(ctx context.Context, argv ...string) (string, error) {
	var b strings.Builder
	err := c.exec(ctx, &b, strings.Join(argv, " "), nil, argv)
	return b.String(), err
}
