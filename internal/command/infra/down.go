package infra

import (
	"context"
	"fmt"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/execute"
	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/units"
)

// DownOptions are the flags of infra:down.
type DownOptions struct {
	Volumes, Yes, Dry bool
	Confirm           string // the project's name: what others have made goes too
}

// Down stops and removes what carries the project's labels. What another
// checkout has made stays, unless the project's name is given.
func Down(ctx context.Context, w *app.Run, o DownOptions) error {
	return load.With(ctx, w, load.Options{Profiles: []string{"*"}, Degraded: true, Running: true}, func(ctx context.Context, s *load.Session) error {
		if err := s.NotDeployed(ctx, "infra:down"); err != nil {
			return err
		}
		r, err := s.NewRemoval(downTarget(o), o.Confirm)
		if err != nil {
			return err
		}
		var kept []string
		p, err := execute.Settle(ctx, s, r, o.Dry, func() (p plan.Plan, err error) {
			p, kept, err = planDown(ctx, s, o, r)
			return p, err
		})
		if err != nil {
			return err
		}
		if o.Dry {
			execute.ReportKeptVolumes(s, kept)
			return execute.PrintPlan(w, p)
		}
		if err := confirmVolumes(ctx, s, execute.RemovedVolumes(p), o.Yes || o.Confirm != ""); err != nil {
			return err
		}
		return down(ctx, s, o, r, p, kept)
	})
}

func downTarget(o DownOptions) string {
	if o.Volumes {
		return "infra:down -volumes"
	}
	return "infra:down"
}

// downAgain is what goes on where it is interrupted.
func downAgain(o DownOptions) string {
	if o.Confirm != "" {
		return downTarget(o) + " -confirm=" + o.Confirm
	}
	return downTarget(o)
}

// down executes under the lock, planning again if it had to wait.
func down(ctx context.Context, s *load.Session, o DownOptions, r *load.Removal, p plan.Plan, stays []string) error {
	unlock, waited, err := s.Lock(ctx, "infra:down", load.LockTimeout)
	if err != nil {
		return err
	}
	defer unlock()
	if waited {
		if p, stays, err = planDown(ctx, s, o, r); err != nil {
			return err
		}
	}
	execute.ReportKeptVolumes(s, stays)
	s.ClaimVolumes(ctx, execute.RemovedVolumes(p))
	execute.Forget(s)
	err = execute.WalkWith(ctx, s, &execute.Runner{Session: s, Call: downAgain(o)}, p, "infra:down")
	execute.Forget(s) // a plugin's hook may have led to another
	if err != nil {
		return err
	}
	execute.Released(s, p)
	return s.Run.Say("%s is down%s\n", s.Project.Name, kept(ctx, s, o, r, p, stays))
}

// kept says what is left, or what has become of the volumes, if there are any;
// stays are lines of what others use.
func kept(ctx context.Context, s *load.Session, o DownOptions, r *load.Removal, p plan.Plan, stays []string) string {
	switch volumes, err := s.Client.Volumes(ctx, s.Project.Name); {
	case len(r.Foreign) > 0 && !r.All:
		return ", but for what others have made"
	case !o.Volumes && err == nil && len(volumes) > 0:
		return "; its volumes are kept"
	case len(stays) > 0:
		return ", but for what others use"
	case len(execute.RemovedVolumes(p)) > 0:
		return ", its volumes are gone"
	}
	return ""
}

// planDown looks at all that carries the project's labels, and plans.
func planDown(ctx context.Context, s *load.Session, o DownOptions, r *load.Removal) (p plan.Plan, kept []string, err error) {
	b := infra.Belongings{Data: o.Volumes}
	if b.State, err = s.Observe(ctx); err != nil {
		return p, nil, err
	}
	if b.Networks, err = s.Networks(ctx); err != nil {
		return p, nil, err
	}
	if o.Volumes {
		if b.Volumes, err = s.Volumes(ctx); err != nil {
			return p, nil, err
		}
	}
	return infra.PlanDown(s.Project, s.RemovableParts(ctx, r, b))
}

// confirmVolumes lists what would be lost before it asks.
func confirmVolumes(ctx context.Context, s *load.Session, names []string, yes bool) error {
	if len(names) == 0 {
		return nil
	}
	sizes, err := s.Client.VolumeSizes(ctx, s.Project.Name)
	if err != nil {
		return err
	}
	sizes = load.Only(sizes, names)
	load.List(s, "volumes, with all their data:", sizes)
	return s.Run.Confirm(ctx, fmt.Sprintf("Remove %s of %s", units.Plural(len(sizes), "volume"), s.Project.Name), yes)
}
