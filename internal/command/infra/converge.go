package infra

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/execute"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/status"
	"github.com/infinitescribe/spellbook/internal/timeline"
)

// converge plans, executes and reports.
func (u *UpRun) converge(ctx context.Context) error {
	p, err := u.plan(ctx)
	if err != nil {
		return err
	}
	u.ClaimBegin(ctx)
	result, events, err := u.execute(ctx, p)
	if err != nil {
		return err
	}
	var sig app.Signalled
	if errors.As(context.Cause(ctx), &sig) {
		if u.Options.JSON {
			u.lookForChanges(ctx, p, result)
		}
		return u.runner.Interrupted(ctx, sig, "mage "+u.Options.call()+" goes on from here, mage "+cmp.Or(u.Options.Down, "infra:down")+" stops what runs")
	}
	return u.finish(ctx, p, result, events)
}

// Walk carries out a plan of the session's project and reports, as infra:up does.
func (u *UpRun) Walk(ctx context.Context, p plan.Plan, digests project.Digests) error {
	u.digests = digests
	result, events, err := u.execute(ctx, p)
	if err != nil {
		return err
	}
	var sig app.Signalled
	if errors.As(context.Cause(ctx), &sig) {
		return u.runner.Interrupted(ctx, sig, "mage "+u.Options.call()+" goes on from here")
	}
	return u.finish(ctx, p, result, events)
}

// execute walks the plan under the time-out and remembers what was seen ready.
func (u *UpRun) execute(ctx context.Context, p plan.Plan) (engine.Result, []engine.Event, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, u.Options.Timeout, errTimeout)
	defer cancel()
	u.begun = true
	r := &execute.Runner{Session: u.Session, Digests: u.digests, Fills: u.Options.Fills}
	u.runner = r
	if u.Options.Snapshot != nil {
		r.Held = u.Options.Snapshot.Held
	}
	result, events, err := execute.WalkPlan(ctx, u.Session, p, r, u.Options.Target+" "+u.Project.Name, u.Format)
	r.SaveRecord()
	return result, events, err
}

// hashes asks the Compose CLI what it would label each service with.
func (u *UpRun) hashes(ctx context.Context) (map[string]string, error) {
	var out, errs bytes.Buffer
	if err := u.Exec(ctx, u.Compose.Argv("config", "--hash", "*"), &out, &errs); err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		return nil, failure.New(failure.Preflight, "docker compose config: %s", strings.TrimSpace(errs.String())).
			WithHint("docker compose version must be 2.20 or newer")
	}
	hashes := map[string]string{}
	for line := range strings.Lines(out.String()) {
		if name, hash, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			hashes[name] = hash
		}
	}
	return hashes, nil
}

// unchanged reports a run that found nothing to do.
func (u *UpRun) unchanged(ctx context.Context) error {
	u.tellStale(ctx, u.state, true)
	rows := infra.Status(u.Project, u.state)
	if u.Options.JSON {
		return u.document(report.Up{OK: true, Services: rows})
	}
	if err := report.ServiceTable(u.Format.Tables, rows, false); err != nil {
		return err
	}
	return u.Run.Say("%s is up, nothing to do (%s)\n", u.Project.Name, report.Took(u.Run.Now().Sub(u.Began)))
}

// finish looks once more, stores the timeline and reports.
func (u *UpRun) finish(ctx context.Context, p plan.Plan, result engine.Result, events []engine.Event) error {
	ctx, cancel := app.Detached(ctx, lastLook)
	defer cancel()
	line := timeline.Build(u.Project.Name, u.Began, p, events)
	u.Run.NoteUnsaved(line.Write(timelinePath(u.Session)))
	if f := execute.EngineLost(ctx, u.Session, p, result, u.again()); f != nil {
		return u.lost(p, result, f)
	}
	state, err := u.Observe(ctx)
	if err != nil {
		return u.lost(p, result, execute.Lost(p, result, err, u.again()))
	}
	u.compare(p, result, state)
	rows := u.timed(infra.Status(u.Project, state), line)
	failures := u.failures(ctx, p, result, rows, state)
	rows = markFailures(rows, failures)
	doc := report.Up{OK: len(failures) == 0, Changed: u.altered, CriticalPath: line.CriticalPath, Services: rows, Failures: failures}
	failed := u.failed(result, failures)
	if failed != nil {
		doc.OK, doc.Error, doc.ExitCode = false, failed.Message, int(failed.Code)
	}
	if err := u.show(doc, line); err != nil {
		return err
	}
	u.reportVolumes(ctx, p)
	u.tellStale(ctx, state, len(plan.ActionsOf[plan.Compose](p)) == 0)
	if failed == nil {
		return nil
	}
	return failed
}

func (u *UpRun) again() string { return "mage " + u.Options.call() + " goes on from there" }

// lost ends a run without an engine: nobody knows what the services are, so none is
// told of.
func (u *UpRun) lost(p plan.Plan, result engine.Result, f *failure.Error) error {
	if u.Options.Remote { // the hint is about this machine's
		f.Hint = ""
	}
	if !u.Options.JSON {
		return f
	}
	u.compare(p, result, u.before)
	doc := report.Up{Changed: u.altered, Error: f.Message, ExitCode: int(f.Code)}
	if err := u.document(doc); err != nil {
		return err
	}
	return f
}

// lookForChanges is for the document of a run that ends without a report.
func (u *UpRun) lookForChanges(ctx context.Context, p plan.Plan, result engine.Result) {
	ctx, cancel := app.Detached(ctx, time.Second)
	defer cancel()
	if state, err := u.Observe(ctx); err == nil {
		u.compare(p, result, state)
	}
}

// compare finds out whether the run has changed anything.
func (u *UpRun) compare(p plan.Plan, result engine.Result, after observe.State) {
	done := func(id plan.ID) bool { return result.Outcomes[id].Kind == engine.Done }
	u.altered = infra.Changed(p, done, u.before, after)
}

// failed is the error of the whole run, nil when all is ready.
func (u *UpRun) failed(result engine.Result, failures []status.Failure) *failure.Error {
	var f *failure.Error
	err := result.Err()
	if errors.As(err, &f) && (f.Code != failure.NotReady || len(failures) == 0) {
		return f
	}
	if len(failures) == 0 {
		if err != nil {
			return failure.New(failure.Unexpected, "%w", err)
		}
		return u.cut(result)
	}
	names := make([]string, 0, len(failures))
	for _, one := range failures {
		names = append(names, one.Service)
	}
	verb := "is"
	if len(names) > 1 {
		verb = "are"
	}
	f = failure.New(failure.NotReady, "%s %s not ready", strings.Join(names, ", "), verb)
	if u.Options.Remote {
		return f
	}
	return f.WithHint("mage infra:logs -services=%s, then mage %s again", strings.Join(names, ","), u.Options.call())
}

// cut is the error for what the time-out ended, or kept from beginning, and no
// service stands for: a hook of a plugin. It is nil where all was done.
func (u *UpRun) cut(result engine.Result) *failure.Error {
	for _, kind := range []engine.Kind{engine.Cancelled, engine.Skipped} {
		for _, id := range slices.Sorted(maps.Keys(result.Outcomes)) {
			if result.Outcomes[id].Kind == kind {
				return failure.New(failure.NotReady, "%s: not done after %s", id, report.Took(u.Options.Timeout)).
					WithHint("mage %s goes on from here; -timeout gives it longer", u.Options.call())
			}
		}
	}
	return nil
}

// markFailures: a service that failed is not ready, whatever the engine says of its
// container, which knows nothing of a plugin's probe. One that the kernel killed out of
// memory has failed: the code of its exit alone, 137, is that of a stop as well.
func markFailures(rows []status.Service, failures []status.Failure) []status.Service {
	for i, r := range rows {
		for _, f := range failures {
			if f.Service == r.Name && (r.State == status.Ready || f.OOMKilled && r.State == status.Exited) {
				rows[i].State, rows[i].Detail = f.State, f.Reason
			}
		}
	}
	return rows
}

// timed adds when each service became ready in this run, and how long it took.
func (u *UpRun) timed(rows []status.Service, line timeline.Timeline) []status.Service {
	at := map[string]timeline.Service{}
	for _, s := range line.Services {
		at[s.Name] = s
	}
	for i, r := range rows {
		rows[i].ReadyMS, rows[i].TookMS = at[r.Name].ReadyMS, at[r.Name].TookMS
	}
	return rows
}

// show prints the failures and the table, or the document.
func (u *UpRun) show(doc report.Up, line timeline.Timeline) error {
	if u.Options.JSON {
		return u.document(doc)
	}
	for _, f := range doc.Failures {
		report.FailureBlock(u.Format.Options, f)
	}
	if err := report.ServiceTable(u.Format.Tables, doc.Services, true); err != nil {
		return err
	}
	if text := line.Line(); text != "" {
		return u.Run.Say("%s\n", text)
	}
	return nil
}

// document writes the one JSON document of -json.
func (u *UpRun) document(doc report.Up) error {
	doc.Version, doc.Project, doc.Environment = 1, u.Project.Name, u.Project.Env
	doc.TookMS = u.Run.Now().Sub(u.Began).Milliseconds()
	doc.Failures = slices.Clone(doc.Failures)
	for i, f := range doc.Failures {
		doc.Failures[i].Hint = u.Run.Spell(f.Hint)
	}
	return report.Document(u.Run.Out, doc)
}

// errorDocument is of a run that failed before it could report.
func (u *UpRun) errorDocument(text string, code int) any {
	var name, env string
	if u.Session != nil {
		name, env = u.Project.Name, u.Project.Env
	}
	if u.Options.Dry {
		return report.Plan{Version: 1, Project: name, Environment: env, Error: text, ExitCode: code}
	}
	return report.Up{Version: 1, Project: name, Environment: env, Changed: u.altered, Error: text, ExitCode: code,
		TookMS: u.Run.Now().Sub(u.Began).Milliseconds()}
}

func timelinePath(s *load.Session) string {
	return s.Layout.Path(s.Layout.StateDir, s.Project.Name, "timeline.json")
}
