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
type DownOptions struct {
	Volumes, Yes, Dry bool
	Confirm           string // the project's name: what others have made goes too
}

// InfraDown stops and removes what carries the project's labels. What another
// checkout has made stays, unless the project's name is given.
func (w *Workflow) InfraDown(ctx context.Context, o DownOptions) error {
	return w.with(ctx, sessionOptions{profiles: []string{"*"}, salvage: true, running: true}, func(ctx context.Context, s *session) error {
		r, err := s.newRemoval(downTarget(o), o.Confirm)
		if err != nil {
			return err
		}
		var kept []string
		p, err := s.settle(ctx, r, o.Dry, func() (p plan.Plan, err error) {
			p, kept, err = s.planDown(ctx, o, r)
			return p, err
		})
		if err != nil {
			return err
		}
		if o.Dry {
			s.sayKept(kept)
			return printPlan(w, p)
		}
		if err := s.confirmVolumes(ctx, volumesOf(p), o.Yes || o.Confirm != ""); err != nil {
			return err
		}
		return s.down(ctx, o, r, p, kept)
	})
}

func downTarget(o DownOptions) string {
	if o.Volumes {
		return "infra:down -volumes"
	}
	return "infra:down"
}

// down executes under the lock, planning again if it had to wait.
func (s *session) down(ctx context.Context, o DownOptions, r *removal, p plan.Plan, stays []string) error {
	unlock, waited, err := s.lock(ctx, "infra:down", patience)
	if err != nil {
		return err
	}
	defer unlock()
	if waited {
		if p, stays, err = s.planDown(ctx, o, r); err != nil {
			return err
		}
	}
	s.sayKept(stays)
	s.claimVolumes(ctx, volumesOf(p))
	s.forget()
	err = s.execute(ctx, p, "infra:down")
	s.forget() // a plugin's hook may have led to another
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.w.Out, "%s is down%s\n", s.project.Name, kept(o.Volumes, stays, r))
	return err
}

// forget drops the record, which is of containers that go.
func (s *session) forget() {
	path := observe.RecordPath(s.project)
	if _, err := os.Stat(path); err == nil {
		s.w.saved(os.Remove(path))
	}
}

// kept says what has become of the volumes; stays are lines of what others use.
func kept(volumes bool, stays []string, r *removal) string {
	switch {
	case len(r.others) > 0 && !r.all:
		return ", but for what others have made"
	case !volumes:
		return "; its volumes are kept"
	case len(stays) > 0:
		return ", but for what others use"
	}
	return ", its volumes are gone"
}

// sayKept tells what is not removed because somebody else uses it.
func (s *session) sayKept(lines []string) {
	for _, line := range lines {
		_, _ = fmt.Fprintln(s.w.Err, line)
	}
}

// planDown looks at all that carries the project's labels, and plans.
func (s *session) planDown(ctx context.Context, o DownOptions, r *removal) (p plan.Plan, kept []string, err error) {
	var b infra.Belongings
	if b.State, err = s.observe(ctx); err != nil {
		return p, nil, err
	}
	if b.Networks, err = s.networks(ctx); err != nil {
		return p, nil, err
	}
	if o.Volumes {
		if b.Volumes, err = s.volumes(ctx); err != nil {
			return p, nil, err
		}
	}
	return infra.PlanDown(s.project, s.part(ctx, r, b))
}

// volumesOf are those that a plan removes.
func volumesOf(p plan.Plan) []string {
	var names []string
	for _, a := range plan.ActionsOf[plan.RemoveVolumes](p) {
		names = append(names, a.Names...)
	}
	return names
}

// confirmVolumes lists what would be lost before it asks.
func (s *session) confirmVolumes(ctx context.Context, names []string, yes bool) error {
	if len(names) == 0 {
		return nil
	}
	sizes, err := s.client.VolumeSizes(ctx, s.project.Name)
	if err != nil {
		return err
	}
	sizes = only(sizes, names)
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
