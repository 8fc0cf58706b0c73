// Package clean holds the clean:* commands, which remove what carries the
// project's labels, and this repository's own output.
package clean

import (
	"context"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/execute"
	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// Options are the flags of all clean targets.
type Options struct {
	Yes, Dry bool
	Confirm  string // the project's name: what others have made goes too
}

// scope is what a clean target cleans.
type scope struct {
	target                             string
	containers, images, volumes, files bool
}

// All removes what can be made again: build output, what Spellbook
// remembers, containers and networks.
func All(ctx context.Context, w *app.Run, o Options) error {
	return clean(ctx, w, scope{target: "clean:all", containers: true, files: true}, o)
}

// Containers removes the project's containers and networks.
func Containers(ctx context.Context, w *app.Run, o Options) error {
	return clean(ctx, w, scope{target: "clean:containers", containers: true}, o)
}

// Images removes the images that were built for the project, and its
// containers that use them.
func Images(ctx context.Context, w *app.Run, o Options) error {
	return clean(ctx, w, scope{target: "clean:images", images: true}, o)
}

// Volumes removes the project's volumes with their data, and its
// containers that use them.
func Volumes(ctx context.Context, w *app.Run, o Options) error {
	return clean(ctx, w, scope{target: "clean:volumes", volumes: true}, o)
}

// clean lists what would go, asks, and removes it under the lock. Nothing but
// what carries the project's labels goes.
func clean(ctx context.Context, w *app.Run, what scope, o Options) error {
	return load.With(ctx, w, load.Options{Profiles: []string{"*"}, Degraded: true, Running: true}, func(ctx context.Context, s *load.Session) error {
		if err := s.NotDeployed(ctx, what.target); err != nil {
			return err
		}
		r, err := s.NewRemoval(what.target, o.Confirm)
		if err != nil {
			return err
		}
		c := &cleaning{Session: s, what: what, Removal: r}
		p, err := execute.Settle(ctx, s, r, o.Dry, func() (plan.Plan, error) { return c.look(ctx) })
		if err != nil {
			return err
		}
		execute.ReportKeptVolumes(c.Session, c.kept)
		if p.Empty() {
			return w.Say("nothing to clean\n")
		}
		if o.Dry {
			return execute.PrintPlan(w, p)
		}
		if err := c.confirm(ctx, p, o.Yes || o.Confirm != ""); err != nil {
			return err
		}
		return c.run(ctx, p)
	})
}

// cleaning is one clean target at work.
type cleaning struct {
	*load.Session
	*load.Removal
	what scope
	left infra.Leftovers
	kept []string
}

// look gathers and plans.
func (c *cleaning) look(ctx context.Context) (p plan.Plan, err error) {
	if c.left, err = c.leftovers(ctx); err != nil {
		return p, err
	}
	p, c.kept, err = infra.PlanClean(c.Project, c.left)
	return p, err
}

// run executes, looking again first if it had to wait for the lock.
func (c *cleaning) run(ctx context.Context, p plan.Plan) error {
	unlock, waited, err := c.Lock(ctx, c.what.target, load.LockTimeout)
	if err != nil {
		return err
	}
	defer unlock()
	if waited {
		if p, err = c.look(ctx); err != nil {
			return err
		}
	}
	c.ClaimVolumes(ctx, execute.RemovedVolumes(p))
	execute.Forget(c.Session)
	if err := execute.Execute(ctx, c.Session, p, c.what.target); err != nil {
		return err
	}
	if !c.what.files { // which takes the memory of it away as well
		execute.Released(c.Session, p)
	}
	return c.Run.Say("removed %s\n", countOf(p))
}
