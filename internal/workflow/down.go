package workflow

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/report"
)

// patience is how long a target waits for another run's lock.
const patience = 5 * time.Minute

// DownOptions are the flags of infra:down.
type DownOptions struct{ Volumes, Yes, Dry bool }

// InfraDown stops and removes all that carries the project's labels.
func (w *Workflow) InfraDown(ctx context.Context, o DownOptions) error {
	return w.with(ctx, sessionOptions{profiles: []string{"*"}, salvage: true, running: true}, func(ctx context.Context, s *session) error {
		b, err := s.belongings(ctx)
		if err != nil {
			return err
		}
		p, err := infra.PlanDown(s.project, b, o.Volumes)
		if err != nil || o.Dry {
			return errors.Join(err, printPlan(w, p))
		}
		if o.Volumes && len(b.Volumes) > 0 {
			if err := s.confirmVolumes(ctx, o.Yes); err != nil {
				return err
			}
		}
		return s.down(ctx, o, p)
	})
}

// down executes under the lock, planning again if it had to wait.
func (s *session) down(ctx context.Context, o DownOptions, p plan.Plan) error {
	unlock, waited, err := s.lock(ctx, "infra:down", patience)
	if err != nil {
		return err
	}
	defer unlock()
	if waited {
		b, err := s.belongings(ctx)
		if err != nil {
			return err
		}
		if p, err = infra.PlanDown(s.project, b, o.Volumes); err != nil {
			return err
		}
	}
	if err := s.forget(); err != nil {
		return err
	}
	if err := errors.Join(s.execute(ctx, p, "infra:down"), s.forget()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.w.Out, "%s is down%s\n", s.project.Name, kept(o.Volumes))
	return err
}

// forget drops the record, which is of containers that go.
func (s *session) forget() error {
	err := os.Remove(observe.RecordPath(s.project))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

func kept(volumes bool) string {
	if volumes {
		return ", its volumes are gone"
	}
	return "; its volumes are kept"
}

// belongings lists all that carries the project's labels.
func (s *session) belongings(ctx context.Context) (b infra.Belongings, err error) {
	if b.State, err = s.observe(ctx); err != nil {
		return b, err
	}
	if b.Networks, err = s.client.Networks(ctx, s.project.Name); err != nil {
		return b, err
	}
	b.Volumes, err = s.client.Volumes(ctx, s.project.Name)
	return b, err
}

// confirmVolumes lists what would be lost before it asks.
func (s *session) confirmVolumes(ctx context.Context, yes bool) error {
	sizes, err := s.client.VolumeSizes(ctx, s.project.Name)
	if err != nil {
		return err
	}
	s.list("volumes, with all their data:", sizes)
	return s.w.confirm(ctx, fmt.Sprintf("Remove %s of %s", plural(len(sizes), "volume"), s.project.Name), yes)
}

// execute walks a plan that has no readiness to report.
func (s *session) execute(ctx context.Context, p plan.Plan, title string) error {
	return s.executeBy(ctx, &runner{s: s}, p, title)
}

func (s *session) executeBy(ctx context.Context, r *runner, p plan.Plan, title string) error {
	result, _, err := s.executeWith(ctx, p, r, title+" "+s.project.Name, s.w.format(false))
	if err != nil {
		return err
	}
	var sig signalled
	if errors.As(context.Cause(ctx), &sig) {
		return s.stopped(ctx, sig, "mage "+title+" goes on from here")
	}
	return stepFailures(p, result)
}

// stepFailures is one error for all steps that failed.
func stepFailures(p plan.Plan, result engine.Result) error {
	if len(result.Failures) == 0 {
		return nil
	}
	var lines []string
	for _, id := range result.Failures {
		lines = append(lines, fmt.Sprintf("%s: %s", id, strings.TrimSpace(result.Outcomes[id].Err.Error())))
	}
	first := result.Outcomes[result.Failures[0]].Err
	code := failure.CodeOf(first)
	return failure.New(code, "%d of %d steps failed", len(lines), len(p.Steps)).WithDetails(lines...)
}

func printPlan(w *Workflow, p plan.Plan) error {
	text := p.String()
	if w.OutTerminal {
		text = report.Hang(report.Tight(text, w.columns()), w.columns(), 0)
	}
	_, err := fmt.Fprint(w.Out, text)
	return err
}

// with opens a session for a target and runs it guarded.
func (w *Workflow) with(ctx context.Context, o sessionOptions, do func(context.Context, *session) error) error {
	return w.guarded(ctx, func(ctx context.Context) error {
		s, err := w.open(ctx, o)
		if err != nil {
			return err
		}
		defer s.close()
		return do(ctx, s)
	})
}
