package infra

import (
	"context"
	"io"
	"slices"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/execute"
	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/project"
)

// Stop stops services, dependents first.
func Stop(ctx context.Context, w *app.Run, services []string) error {
	return load.With(ctx, w, load.Options{Profiles: []string{"*"}, Degraded: true, Running: true}, func(ctx context.Context, s *load.Session) error {
		if err := known(s.Project, services); err != nil {
			return err
		}
		if err := s.NotDeployed(ctx, "infra:stop"); err != nil {
			return err
		}
		unlock, _, err := s.Lock(ctx, "infra:stop", load.LockTimeout)
		if err != nil {
			return err
		}
		defer unlock()
		return stop(ctx, s, services, withServices("infra:stop", services))
	})
}

// stop stops the services, all when none is named; call is what goes on where that is
// interrupted.
func stop(ctx context.Context, s *load.Session, services []string, call string) error {
	state, err := s.Observe(ctx)
	if err != nil {
		return err
	}
	if state, err = load.Touchable(ctx, s, state); err != nil {
		return err
	}
	p, err := infra.PlanStop(s.Project, state, services)
	if err != nil {
		return err
	}
	if p.Empty() {
		return s.Run.Say("nothing is running\n")
	}
	r := &execute.Runner{Session: s, Call: call}
	defer r.SaveRecord()
	return execute.WalkWith(ctx, s, r, p, "infra:stop")
}

// known refuses services that are in no file.
func known(p *project.Project, services []string) error {
	return load.Among(services, slices.Sorted(slices.Values(append(p.Services(), p.Model.DisabledServiceNames()...))))
}

// Start starts what is stopped, in dependency order, to ready.
func Start(ctx context.Context, w *app.Run, services []string) error {
	return Up(ctx, w, UpOptions{Services: services, Target: "infra:start"})
}

// Restart stops services, dependents first, and starts them to ready;
// with them those that ask to be restarted with what they depend on.
func Restart(ctx context.Context, w *app.Run, services []string) error {
	err := load.With(ctx, w, load.Options{Running: true}, func(ctx context.Context, s *load.Session) error {
		if err := known(s.Project, services); err != nil {
			return err
		}
		if err := s.NotDeployed(ctx, "infra:restart"); err != nil {
			return err
		}
		unlock, _, err := s.Lock(ctx, "infra:restart", load.LockTimeout)
		if err != nil {
			return err
		}
		defer unlock()
		state, err := s.Observe(ctx)
		if err != nil {
			return err
		}
		if _, err := load.Touchable(ctx, s, state); err != nil {
			return err
		}
		services = infra.WithRestarted(s.Project, services)
		pulls, err := startable(ctx, w, services)
		if err != nil {
			return err
		}
		if !pulls.Empty() {
			if err := execute.Execute(ctx, s, pulls, "infra:pull"); err != nil {
				return err
			}
		}
		return stop(ctx, s, services, withServices("infra:restart", services))
	})
	if err != nil {
		return err
	}
	return Up(ctx, w, UpOptions{Services: services, Target: "infra:restart"})
}

// startable refuses if infra:up would, and plans the pulls that it would begin
// with: nothing is stopped that cannot be started again. Warnings are left to
// that infra:up.
func startable(ctx context.Context, w *app.Run, services []string) (pulls plan.Plan, err error) {
	silent := *w
	silent.Err = io.Discard
	s, err := load.Open(ctx, &silent, load.Options{Services: services, Running: true})
	if err != nil {
		return pulls, err
	}
	defer s.Close()
	u := &UpRun{Session: s, Run: &silent}
	if u.digests, err = s.Project.Digests(); err != nil {
		return pulls, err
	}
	if err := u.Take(ctx); err != nil {
		return pulls, err
	}
	p, err := u.plan(ctx)
	pulls.Project = p.Project
	for _, step := range p.Steps {
		if _, is := step.Action.(plan.PullImage); is {
			pulls.Add(step)
		}
	}
	return pulls, err
}

// Recreate makes new containers and brings them to ready.
func Recreate(ctx context.Context, w *app.Run, services []string) error {
	return Up(ctx, w, UpOptions{Services: services, Recreate: true, Target: "infra:recreate"})
}
