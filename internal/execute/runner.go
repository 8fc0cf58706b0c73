// Package execute carries out the steps of a plan, a family of actions a file:
// containers, images, plugins. It imports load for the session that it works
// in, engine for the walk, and what acts; it decides nothing.
package execute

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/sourcegraph/conc/pool"

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/readiness"
)

// Runner does the steps of a plan on the session's engine.
type Runner struct {
	Session *load.Session
	Call    string // what is typed to go on with a run that is cut short; "" is its title
	monitor *docker.Monitor
	prober  readiness.Prober
	Digests project.Digests
	mu      sync.Mutex
	network sync.Mutex          // held while second ones of one name are removed
	seen    observe.Seen        // of containers, see observe.Record
	there   map[string][]string // containers by service, once Compose has created
	Found   map[string]string   // what our own last look at a late container found
	looked  map[string]bool     // volumes that Compose has looked at
	volumes map[string]string   // those that it has kept as they are, and what to tell
	written map[string]bool     // services that it has started, with their configs and secrets
	ending  []string            // containers whose stop the end of the run has cut short
	halted  []string            // services that providers were told to stop
	open    map[string]int      // what plugins have begun and are not through with
	Builds  imageBuilder        // of the targets that build
	Deploys deployer            // of the targets that deploy
	Dumps   dumper              // of the targets that dump databases
	Imports importer            // of infra:import
	Fills   Filler              // of stacks that begin with a snapshot
	Held    []string            // one-shots whose work came with that
}

// imageBuilder makes and pushes images, for the targets that do.
type imageBuilder interface {
	Make(ctx context.Context, a plan.BuildImage, note func(engine.Note)) error
	Push(ctx context.Context, refs []string, note func(engine.Note)) error
}

// Each does one thing to many, all at once; the first error wins.
func Each(ctx context.Context, names []string, do func(context.Context, string) error) error {
	if len(names) == 1 {
		return do(ctx, names[0])
	}
	p := pool.New().WithContext(ctx).WithFirstError()
	for _, name := range names {
		p.Go(func(ctx context.Context) error { return do(ctx, name) })
	}
	return p.Wait()
}

// await waits for every container of a step and says why one is not ready.
func (r *Runner) await(ctx context.Context, step plan.Step, names []string, wait func(context.Context, *docker.Target) error) error {
	return Each(ctx, names, func(ctx context.Context, name string) error {
		target := r.monitor.Target(name)
		err := wait(ctx, target)
		if err == nil {
			r.markReady(ctx, name)
			return nil
		}
		r.late(name, target.Last())
		if cancelled(ctx, err) {
			return err
		}
		return &NotReadyError{service: step.Service, Container: name, Cause: err}
	})
}

// cancelled tells an error that the end of the run caused. The pool's own
// context hides the run's cause, so the parent's is not compared here.
func cancelled(ctx context.Context, err error) bool {
	return ctx.Err() != nil && (errors.Is(err, context.Cause(ctx)) || errors.Is(err, context.Canceled))
}

// NotReadyError is a service that did not become ready.
type NotReadyError struct {
	service, Container string
	Cause              error
}

func (u *NotReadyError) Error() string { return fmt.Sprintf("service %q %s", u.service, u.Cause) }

func (u *NotReadyError) Unwrap() error { return u.Cause }

// late keeps what our last look found, for the report.
func (r *Runner) late(name, found string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.Found == nil {
		r.Found = map[string]string{}
	}
	r.Found[name] = found
}

// compose runs the Compose CLI; its last words are the error.
func (r *Runner) compose(ctx context.Context, a plan.Compose, c call) error {
	argv := r.Session.Compose.Argv(append([]string{"--progress", "plain"}, a.Argv...)...)
	tail := &tailWriter{note: func(n engine.Note) {
		if warns := composeWarning(n.Text); warns != "" {
			r.keepVolume(n.Text, warns)
			n = engine.Note{Text: warns, Warning: true}
		}
		c.note(n)
	}}
	err := r.Session.Exec(ctx, argv, tail, tail)
	tail.flush()
	r.Session.Client.Settle(ctx, r.Session.Project.Name)
	if err == nil && a.Lane() == plan.LaneCreate {
		r.looksAt(a.Argv)
		return r.refreshContainers(ctx)
	}
	if err == nil {
		r.doneByCompose(a, c.step.Service)
		return nil
	}
	if a.Lane() == plan.LaneStart && len(r.Session.Project.Model.Services[c.step.Service].PostStart) > 0 {
		r.unhook(context.WithoutCancel(ctx), c.step.Service)
	}
	if ctx.Err() != nil {
		return err
	}
	return failure.New(failure.Preflight, "docker compose %s: %s", a.Argv[0], tail.last()).
		WithHint("mage infra:config shows what Compose was given")
}
