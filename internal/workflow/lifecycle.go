package workflow

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/project"
)

// InfraStop stops services, dependents first.
func (w *Workflow) InfraStop(ctx context.Context, services []string) error {
	return w.with(ctx, sessionOptions{profiles: []string{"*"}, salvage: true, running: true}, func(ctx context.Context, s *session) error {
		if err := known(s.project, services); err != nil {
			return err
		}
		unlock, _, err := s.lock(ctx, "infra:stop", patience)
		if err != nil {
			return err
		}
		defer unlock()
		return s.stop(ctx, services)
	})
}

// stop stops the services, all when none is named.
func (s *session) stop(ctx context.Context, services []string) error {
	state, err := s.observe(ctx)
	if err != nil {
		return err
	}
	if state, err = s.touchable(ctx, state); err != nil {
		return err
	}
	p, err := infra.PlanStop(s.project, state, services)
	if err != nil {
		return err
	}
	if p.Empty() {
		_, err = fmt.Fprintln(s.w.Out, "nothing is running")
		return err
	}
	r := &runner{s: s}
	defer r.remember()
	return s.executeBy(ctx, r, p, "infra:stop")
}

// known refuses services that are in no file.
func known(p *project.Project, services []string) error {
	for _, name := range services {
		if !p.Known(name) {
			names := append(p.Services(), p.Model.DisabledServiceNames()...)
			slices.Sort(names)
			if name == "" {
				return project.EmptyFlag("-services", "services are: "+strings.Join(names, ", "))
			}
			return failure.New(failure.Usage, "no service %q", name).WithHint("services are: %s", strings.Join(names, ", "))
		}
	}
	return nil
}

// InfraStart starts what is stopped, in dependency order, to ready.
func (w *Workflow) InfraStart(ctx context.Context, services []string) error {
	return w.InfraUp(ctx, UpOptions{Services: services, Target: "infra:start"})
}

// InfraRestart stops services, dependents first, and starts them to ready;
// with them those that ask to be restarted with what they depend on.
func (w *Workflow) InfraRestart(ctx context.Context, services []string) error {
	err := w.with(ctx, sessionOptions{running: true}, func(ctx context.Context, s *session) error {
		if err := known(s.project, services); err != nil {
			return err
		}
		unlock, _, err := s.lock(ctx, "infra:restart", patience)
		if err != nil {
			return err
		}
		defer unlock()
		state, err := s.observe(ctx)
		if err != nil {
			return err
		}
		if _, err := s.touchable(ctx, state); err != nil {
			return err
		}
		services = infra.WithRestarted(s.project, services)
		pulls, err := w.startable(ctx, services)
		if err != nil {
			return err
		}
		if !pulls.Empty() {
			if err := s.execute(ctx, pulls, "infra:pull"); err != nil {
				return err
			}
		}
		return s.stop(ctx, services)
	})
	if err != nil {
		return err
	}
	return w.InfraUp(ctx, UpOptions{Services: services, Target: "infra:restart"})
}

// startable refuses if infra:up would, and plans the pulls that it would begin
// with: nothing is stopped that cannot be started again. Warnings are left to
// that infra:up.
func (w *Workflow) startable(ctx context.Context, services []string) (pulls plan.Plan, err error) {
	silent := *w
	silent.Err = io.Discard
	s, err := silent.open(ctx, sessionOptions{services: services, running: true})
	if err != nil {
		return pulls, err
	}
	defer s.close()
	u := &up{session: s, w: &silent}
	if u.digests, err = s.project.Digests(); err != nil {
		return pulls, err
	}
	if err := u.take(ctx); err != nil {
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

// InfraRecreate makes new containers and brings them to ready.
func (w *Workflow) InfraRecreate(ctx context.Context, services []string) error {
	return w.InfraUp(ctx, UpOptions{Services: services, Recreate: true, Target: "infra:recreate"})
}
