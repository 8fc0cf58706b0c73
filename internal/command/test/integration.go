package test

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/manifest"
	"github.com/infinitescribe/spellbook/internal/outputs"
	"github.com/infinitescribe/spellbook/internal/sandbox"
)

// IntegrationOptions are the flags of test:integration.
type IntegrationOptions struct {
	Command  string   // for the shell; "" is what the repository's manifests say
	Services []string // only these and what they depend on
	Reuse    bool     // take a stack that is up and what it would be now, and leave it up
	Keep     bool     // leave the stack up where the tests fail
	Timeout  time.Duration
	Found    *manifest.Repository // what the caller has read, and told the warnings of; nil: it is read
	// Results is told what each command has said of tests, with files relative to the root.
	Results func(outputs.Result)
}

// Integration runs tests against a stack of their own: brought up, its one-shots run, and
// removed however that ends. The exit code is that of the tests.
func Integration(ctx context.Context, w *app.Run, o IntegrationOptions) error {
	return w.Guard(ctx, func(ctx context.Context) error { return integrate(ctx, w, o) })
}

// reusedName is the stack that -reuse takes.
const reusedName = "reuse"

func integrate(ctx context.Context, w *app.Run, o IntegrationOptions) (err error) {
	i := &integration{run: w, options: o}
	if err := i.finds(); err != nil {
		return err
	}
	start := o.start(w.Now())
	quiet := *w
	quiet.Out, quiet.OutTerminal = w.Err, w.ErrTerminal // standard output is the tests'
	s, err := Start(ctx, &quiet, start)
	if s == nil {
		return err
	}
	i.stack = s
	defer func() {
		stopped := s.Stop(ctx)
		err = errors.Join(err, stopped)
		var sig app.Signalled
		if stopped == nil && s.keep == 0 && errors.As(context.Cause(ctx), &sig) {
			err = failure.New(sig.Code(), "%s", sig.Error()).WithDetails("the stack "+s.Name+" is removed").WithHint("mage %s begins anew", withServices(start.Call, o.Services))
		}
	}()
	if err == nil {
		err = i.tests(ctx)
	}
	if err != nil && ctx.Err() == nil && s.began() {
		err = i.kept(ctx, err)
	}
	return err
}

// start says which stack the tests have.
func (o IntegrationOptions) start(now time.Time) StartOptions {
	start := StartOptions{Name: runName(now), Services: o.Services, Timeout: o.Timeout, Target: "test:integration", Call: "test:integration"}
	if o.Reuse {
		start.Name, start.Keep, start.Same = reusedName, DefaultKeep, true
		start.Call += " -reuse"
	}
	if o.Command != "" {
		start.Call += " -cmd='" + strings.ReplaceAll(o.Command, "'", `'\''`) + "'"
	}
	return start
}

// runName is one that no other run has.
func runName(now time.Time) string {
	b := make([]byte, 3)
	_, _ = rand.Read(b)
	return "run-" + now.Format("150405") + "-" + hex.EncodeToString(b)
}

// integration is one test:integration at work.
type integration struct {
	run      *app.Run
	options  IntegrationOptions
	commands []manifest.Command
	found    manifest.Repository
	stack    *Stack
}

// finds says which commands there are, before anything is brought up.
func (i *integration) finds() (err error) {
	if i.options.Command != "" {
		shell := []string{"sh", "-c", i.options.Command}
		if runtime.GOOS == "windows" {
			shell = []string{"cmd", "/c", i.options.Command}
		}
		dir, err := filepath.Rel(i.run.Root(), i.run.CallerDir()) // the paths in it are the caller's
		if err != nil {
			dir = "."
		}
		i.commands = []manifest.Command{{Name: "cmd", Dir: dir, Argv: shell}}
		return nil
	}
	if i.options.Found != nil {
		i.found = *i.options.Found
	} else if i.found, err = read(i.run); err != nil {
		return err
	}
	i.commands, err = integrationCommands(i.run.Root(), i.found)
	return err
}

// stackVariable tells tests which stack they have.
const stackVariable = "SPELLBOOK_TEST_STACK"

func (i *integration) tests(ctx context.Context) error {
	run := *i.run
	run.Environ = app.Without(run.Environ, i.stack.Withheld()...)
	c := &commands{run: &run, found: i.found, results: i.options.Results, variables: append(slices.Clone(i.stack.Variables), stackVariable+"="+i.stack.Name)}
	return c.each(ctx, i.commands)
}

// began says that the stack has a project of its own, and is told by its secrets: before
// that it has no logs, and a project without a name would be every project.
func (s *Stack) began() bool { return s.Project != "" && s.mask != nil }

// kept keeps the logs of all services of a run that failed, and with -keep the stack.
func (i *integration) kept(ctx context.Context, failed error) error {
	dir, err := i.stack.keepLogs(ctx)
	var f *failure.Error
	if !errors.As(failed, &f) {
		f = failure.New(failure.CodeOf(failed), "%w", failed)
	}
	if err == nil {
		f = f.WithDetails("the logs of all services are in " + i.stack.place.Layout.Short(dir))
	} else {
		f = f.WithDetails("the logs are in "+i.stack.place.Layout.Short(dir)+", but not all:", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	switch {
	case i.options.Keep || i.options.Reuse:
	case i.options.Results != nil: // mage ci has no such flag
		return f.WithHint("mage test:integration -keep leaves the stack up, to look at")
	default:
		return f.WithHint("with -keep the stack stays up, to look at")
	}
	i.stack.keep = DefaultKeep
	return f.WithHint("the stack stays for %s: mage test:env -name=%s, docker compose -p %s ps; mage test:down -name=%s removes it",
		DefaultKeep, i.stack.Name, i.stack.Project, i.stack.Name)
}

// mostLogs are of how many failed runs the logs are kept.
const mostLogs = 10

// keepLogs writes the log of each container to a file, without secrets.
func (s *Stack) keepLogs(ctx context.Context) (dir string, err error) {
	dir = s.place.Path(sandbox.LogsDir)
	if err := os.RemoveAll(dir); err != nil {
		return dir, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return dir, err
	}
	c, err := load.Dial(engineOf(s.run.Environ, s.record))
	if err != nil {
		return dir, err
	}
	defer func() { _ = c.Close() }()
	list, err := c.Containers(ctx, s.Project)
	if err != nil {
		return dir, err
	}
	for _, one := range list { // the engine keeps none of one with logging: {driver: none}
		if failed := s.keepLog(ctx, c, one, dir); failed != nil {
			err = errors.Join(err, fmt.Errorf("%s: %w", one.Name, failed))
		}
	}
	return dir, errors.Join(err, sandbox.PruneLogs(s.place.Layout, mostLogs))
}

func (s *Stack) keepLog(ctx context.Context, c *docker.Client, one docker.Container, dir string) error {
	file, err := os.OpenFile(filepath.Join(dir, one.Service+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	err = c.Logs(ctx, one.ID, docker.LogOptions{Tail: -1}, func(line docker.LogLine) error {
		_, err := fmt.Fprintf(file, "%s %s\n", line.Time.UTC().Format("2006-01-02T15:04:05.000Z"), s.mask(line.Text))
		return err
	})
	return errors.Join(err, file.Close())
}
