package workflow

import (
	"context"
	"fmt"

	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// CleanOptions are the flags of all clean targets.
type CleanOptions struct {
	Yes, Dry bool
	Confirm  string // the project's name: what others have made goes too
}

// scope is what a clean target cleans.
type scope struct {
	target                             string
	containers, images, volumes, files bool
}

// CleanAll removes what can be made again: build output, what Spellbook
// remembers, containers and networks.
func (w *Workflow) CleanAll(ctx context.Context, o CleanOptions) error {
	return w.clean(ctx, scope{target: "clean:all", containers: true, files: true}, o)
}

// CleanContainers removes the project's containers and networks.
func (w *Workflow) CleanContainers(ctx context.Context, o CleanOptions) error {
	return w.clean(ctx, scope{target: "clean:containers", containers: true}, o)
}

// CleanImages removes the images that were built for the project, and its
// containers that use them.
func (w *Workflow) CleanImages(ctx context.Context, o CleanOptions) error {
	return w.clean(ctx, scope{target: "clean:images", images: true}, o)
}

// CleanVolumes removes the project's volumes with their data, and its
// containers that use them.
func (w *Workflow) CleanVolumes(ctx context.Context, o CleanOptions) error {
	return w.clean(ctx, scope{target: "clean:volumes", volumes: true}, o)
}

// clean lists what would go, asks, and removes it under the lock. Nothing but
// what carries the project's labels goes.
func (w *Workflow) clean(ctx context.Context, what scope, o CleanOptions) error {
	return w.with(ctx, sessionOptions{profiles: []string{"*"}, salvage: true, running: true}, func(ctx context.Context, s *session) error {
		r, err := s.newRemoval(what.target, o.Confirm)
		if err != nil {
			return err
		}
		c := &cleaning{session: s, what: what, removal: r}
		p, err := s.settle(ctx, r, o.Dry, func() (plan.Plan, error) { return c.look(ctx) })
		if err != nil {
			return err
		}
		c.sayKept(c.kept)
		if p.Empty() {
			_, err = fmt.Fprintln(w.Out, "nothing to clean")
			return err
		}
		if o.Dry {
			return printPlan(w, p)
		}
		if err := c.confirm(ctx, p, o.Yes || o.Confirm != ""); err != nil {
			return err
		}
		return c.run(ctx, p)
	})
}

// cleaning is one clean target at work.
type cleaning struct {
	*session
	*removal
	what scope
	left infra.Leftovers
	kept []string
}

// look gathers and plans.
func (c *cleaning) look(ctx context.Context) (p plan.Plan, err error) {
	if c.left, err = c.leftovers(ctx); err != nil {
		return p, err
	}
	p, c.kept, err = infra.PlanClean(c.project, c.left)
	return p, err
}

// run executes, looking again first if it had to wait for the lock.
func (c *cleaning) run(ctx context.Context, p plan.Plan) error {
	unlock, waited, err := c.lock(ctx, c.what.target, patience)
	if err != nil {
		return err
	}
	defer unlock()
	if waited {
		if p, err = c.look(ctx); err != nil {
			return err
		}
	}
	c.claimVolumes(ctx, volumesOf(p))
	c.forget()
	if err := c.execute(ctx, p, c.what.target); err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.w.Out, "removed %s\n", countOf(p))
	return err
}
