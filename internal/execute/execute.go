package execute

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/report"
)

// WalkPlan walks a plan with the event stream open and a reporter at it.
func WalkPlan(ctx context.Context, s *load.Session, p plan.Plan, r *Runner, title string, f app.Format) (engine.Result, []engine.Event, error) {
	watch, stop := context.WithCancel(ctx)
	defer stop()
	r.monitor = s.Client.Monitor(watch, s.Project.Name)
	last := observe.ReadRecord(s.Project)
	r.prober.Noted = last.LeftToDocker
	if f.Options.Mode == report.Terminal { // which shows how long each step takes
		defer s.Client.OnSilence.Store(s.Client.OnSilence.Swap(nil))
	}
	reporter := report.New(f.Options)
	reporter.Start(title, p)
	var events []engine.Event
	result, err := engine.Execute(ctx, p, r, engine.Options{Now: s.Run.Now, Sink: func(e engine.Event) {
		events = append(events, e)
		reporter.Event(e)
	}})
	reporter.Stop()
	return result, events, err
}

// Forget drops the record, which is of containers that go, but for what it knows of
// their health checks.
func Forget(s *load.Session) {
	path := observe.RecordPath(s.Project)
	if last := observe.ReadRecord(s.Project); len(last.Docker) > 0 {
		s.Run.NoteUnsaved(observe.WriteRecord(path, observe.Record{Version: 1, Docker: last.Docker}))
	} else if _, err := os.Stat(path); err == nil {
		s.Run.NoteUnsaved(os.Remove(path))
	}
}

// Released notes that providers have taken away what they had made, where p had them do so.
func Released(s *load.Session, p plan.Plan) {
	if len(plan.ActionsOf[plan.Compose](p)) == 0 {
		return
	}
	last := observe.ReadRecord(s.Project)
	last.Version, last.Released = 1, true
	s.Run.NoteUnsaved(observe.WriteRecord(observe.RecordPath(s.Project), last))
}

// Execute walks a plan that has no readiness to report.
func Execute(ctx context.Context, s *load.Session, p plan.Plan, title string) error {
	return WalkWith(ctx, s, &Runner{Session: s}, p, title)
}

// WalkWith walks a plan with a runner of the caller, and reports.
func WalkWith(ctx context.Context, s *load.Session, r *Runner, p plan.Plan, title string) error {
	result, _, err := WalkPlan(ctx, s, p, r, title+" "+s.Project.Name, s.Run.Format(false))
	if err != nil {
		return err
	}
	var sig app.Signalled
	if errors.As(context.Cause(ctx), &sig) {
		return r.Interrupted(ctx, sig, "mage "+cmp.Or(r.Call, title)+" goes on from here")
	}
	if f := EngineLost(ctx, s, p, result, "mage "+cmp.Or(r.Call, title)+" goes on from there"); f != nil {
		return f
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

// stillThere is how long an engine may take to say that it is there, once steps have
// failed.
const stillThere = 5 * time.Second

// EngineLost is the error of a walk in which the engine was lost; nil where it was
// not. A step that failed may be the Compose CLI's, whose error does not tell: then
// the engine is asked. again says how to go on.
func EngineLost(ctx context.Context, s *load.Session, p plan.Plan, result engine.Result, again string) *failure.Error {
	if len(result.Failures) == 0 {
		return nil
	}
	for _, id := range result.Failures {
		if err := result.Outcomes[id].Err; lost(err) {
			return Lost(p, result, err, again)
		}
	}
	ctx, cancel := app.Detached(ctx, stillThere)
	defer cancel()
	if err := s.Client.Ping(ctx); err != nil {
		return Lost(p, result, err, again)
	}
	return nil
}

// lost: an error is the engine's end, in its own words or in those of Compose.
func lost(err error) bool {
	return docker.IsLost(err) || err != nil && strings.Contains(err.Error(), "Cannot connect to the Docker daemon")
}

// Lost is what to tell of a walk in which the engine was lost: at what, and what was
// done by then.
func Lost(p plan.Plan, result engine.Result, cause error, again string) *failure.Error {
	var done, open []string
	for _, step := range p.Steps {
		switch o := result.Outcomes[step.ID]; {
		case o.Kind == engine.Done && !step.Action.Verb().Silent:
			done = append(done, string(step.ID))
		case o.Kind == engine.Failed || o.Kind == engine.Cancelled && !o.Begun.IsZero():
			open = append(open, string(step.ID))
		}
	}
	f := failure.New(failure.Preflight, "the Docker engine was lost while: %s", strings.Join(open, ", "))
	if len(open) == 0 {
		f.Message = "the Docker engine was lost when all was done"
	}
	f.Cause = fmt.Errorf("%w: %w", docker.ErrNoEngine, cause)
	if len(done) == 0 {
		f = f.WithDetails("nothing was done before that")
	} else {
		f = f.WithDetails("done before that: " + strings.Join(done, ", "))
	}
	return f.WithHint("docker version tells when it is back; then %s", again)
}

// PrintPlan shows a plan that is not carried out.
func PrintPlan(w *app.Run, p plan.Plan) error {
	text := p.String()
	if w.OutTerminal {
		text = report.Tight(text, w.Columns())
	}
	return w.Say("%s", text)
}

// Interrupted is the error of a run that ended early, with what is running as far
// as this run has come to know it, and what to do.
func (r *Runner) Interrupted(ctx context.Context, cause app.Signalled, hint string) error {
	f := failure.New(cause.Code(), "%s", cause.Error()).WithHint("%s", hint)
	ctx, cancel := app.Detached(ctx, time.Second)
	defer cancel()
	state, err := r.Session.Observe(ctx)
	if err != nil {
		return f
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return f.WithDetails(infra.StillRunning(state, r.ending)...)
}

// ReportKeptVolumes tells what is not removed because somebody else uses it.
func ReportKeptVolumes(s *load.Session, lines []string) {
	for _, line := range lines {
		s.Run.Tell("%s", line)
	}
}

// RemovedVolumes are those that a plan removes.
func RemovedVolumes(p plan.Plan) []string {
	var names []string
	for _, a := range plan.ActionsOf[plan.RemoveVolumes](p) {
		names = append(names, a.Names...)
	}
	return names
}

// Settle plans, asks on a terminal for what others have made, and says what is
// kept of it.
func Settle(ctx context.Context, s *load.Session, r *load.Removal, dry bool, look func() (plan.Plan, error)) (plan.Plan, error) {
	p, err := look()
	if err != nil {
		return p, err
	}
	again, err := s.AskRemoval(ctx, r, dry)
	if err == nil && again {
		p, err = look()
	}
	if err != nil {
		return p, err
	}
	return p, s.ReportOthers(r, p.Empty())
}
