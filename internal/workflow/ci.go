package workflow

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/host/local"
	"github.com/infinitescribe/spellbook/internal/project"
)

// CIOptions are the flags of ci.
type CIOptions struct {
	Only []string // names of checks; empty means all
}

// ciCheck is one part of ci.
type ciCheck struct {
	name, what string
	run        func(*ci, context.Context) error
}

// ciResult is what became of a check.
type ciResult struct {
	check ciCheck
	took  time.Duration
	err   error
}

// ci is one run of the checks.
type ci struct {
	w       *Workflow
	root    string
	env     []string // of every command
	format  format
	command func(context.Context, local.Command) error
	results []ciResult
}

// CI runs the checks of this repository one after the other, the later ones
// too when one has failed, and shows what each took.
func (w *Workflow) CI(ctx context.Context, o CIOptions) error {
	checks, err := chooseChecks(ciChecks(), o.Only)
	if err != nil {
		return err
	}
	c := &ci{w: w, root: w.layout().Root, env: ciEnviron(w.Environ), format: w.format(false), command: local.Run}
	return w.guarded(ctx, func(ctx context.Context) error { return c.all(ctx, checks) })
}

// chooseChecks keeps the order of all: it is that of the cheapest first.
func chooseChecks(all []ciCheck, only []string) ([]ciCheck, error) {
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
	return slices.DeleteFunc(all, func(c ciCheck) bool { return !slices.Contains(only, c.name) }), nil
}

// ciEnviron leaves out what is meant for this process alone: how it was called
// and how it reports. A test that runs a target says those itself.
func ciEnviron(environ []string) []string {
	own := []string{"GITHUB_ACTIONS", "NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "SPELLBOOK_CALLER_DIR"}
	return slices.DeleteFunc(slices.Clone(environ), func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		return slices.Contains(own, name) || strings.HasPrefix(name, "MAGEFILE_") || strings.HasPrefix(name, "COMPOSE_")
	})
}

// all runs the checks; those that come after a signal are not run.
func (c *ci) all(ctx context.Context, checks []ciCheck) error {
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
func (c *ci) one(ctx context.Context, check ciCheck) ciResult {
	result := ciResult{check: check, err: errNotRun}
	if ctx.Err() != nil {
		return result
	}
	began := c.w.Now()
	c.open(check)
	result.err = check.run(c, ctx)
	result.took = c.w.Now().Sub(began)
	c.close(result)
	return result
}

// errNotRun is the result of a check that never began: run ci again.
var errNotRun = errors.New("not run")

// verdict is the error of the whole run.
func (c *ci) verdict(ctx context.Context) error {
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
func (c *ci) do(ctx context.Context, argv ...string) error { return c.doWith(ctx, nil, argv...) }

// doWith is do with further variables.
func (c *ci) doWith(ctx context.Context, env []string, argv ...string) error {
	line := strings.Join(append(slices.Clone(env), argv...), " ")
	_, _ = fmt.Fprintln(c.w.Out, "$ "+shorten(line, 160))
	return c.exec(ctx, c.w.Out, line, env, argv)
}

// output runs a command and returns what it printed; its errors are shown.
func (c *ci) output(ctx context.Context, argv ...string) (string, error) {
	var b strings.Builder
	err := c.exec(ctx, &b, strings.Join(argv, " "), nil, argv)
	return b.String(), err
}
