package workflow

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/timeline"
)

// unchanged reports a run that found nothing to do.
func (u *up) unchanged() error {
	rows := infra.Status(u.project, u.state)
	if u.o.JSON {
		return u.document(report.Up{OK: true, Services: rows})
	}
	if err := report.ServiceTable(u.format.tables, rows, false); err != nil {
		return err
	}
	_, err := fmt.Fprintf(u.w.Out, "%s is up, nothing to do (%s)\n", u.project.Name, report.Took(u.w.Now().Sub(u.began)))
	return err
}

// finish looks once more, stores the timeline and reports.
func (u *up) finish(ctx context.Context, p plan.Plan, result engine.Result, events []engine.Event) error {
	ctx, cancel := fresh(ctx, lastLook)
	defer cancel()
	state, err := u.observe(ctx)
	if err != nil { // what is known is still told
		_, _ = fmt.Fprintln(u.w.Err, "warning: the engine does not answer any more; states are those from before")
		state = u.state
	}
	line := timeline.Build(u.project.Name, u.began, p, events)
	u.w.saved(line.Write(u.timelinePath()))
	rows := u.timed(infra.Status(u.project, state), line)
	failures := u.failures(ctx, p, result, rows)
	rows = starved(rows, failures)
	doc := report.Up{OK: len(failures) == 0, Changed: true, CriticalPath: line.CriticalPath, Services: rows, Failures: failures}
	failed := u.failed(result, failures)
	if failed != nil {
		doc.OK, doc.Error, doc.ExitCode = false, failed.Message, int(failed.Code)
	}
	if err := u.show(doc, line); err != nil {
		return err
	}
	u.sayVolumes(ctx, p)
	if failed == nil {
		return nil
	}
	return failed
}

// failed is the error of the whole run, nil when all is ready.
func (u *up) failed(result engine.Result, failures []report.Failure) *failure.Error {
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
	return failure.New(failure.NotReady, "%s %s not ready", strings.Join(names, ", "), verb).
		WithHint("mage infra:logs -services=%s, then mage infra:up again", strings.Join(names, ","))
}

// cut is the error for what the time-out ended, or kept from beginning, and no
// service stands for: a hook of a plugin. It is nil where all was done.
func (u *up) cut(result engine.Result) *failure.Error {
	for _, kind := range []engine.Kind{engine.Cancelled, engine.Skipped} {
		for _, id := range slices.Sorted(maps.Keys(result.Outcomes)) {
			if result.Outcomes[id].Kind == kind {
				return failure.New(failure.NotReady, "%s: not done after %s", id, report.Took(u.o.Timeout)).
					WithHint("mage %s goes on from here; -timeout gives it longer", u.o.Target)
			}
		}
	}
	return nil
}

// starved: a service that the kernel killed out of memory has failed. The code
// of its exit alone, 137, is that of a stop as well.
func starved(rows []report.Service, failures []report.Failure) []report.Service {
	for i, r := range rows {
		for _, f := range failures {
			if f.OOMKilled && f.Service == r.Name && r.State == report.Exited {
				rows[i].State, rows[i].Detail = report.Failed, f.Reason
			}
		}
	}
	return rows
}

// timed adds when each service became ready in this run.
func (u *up) timed(rows []report.Service, line timeline.Timeline) []report.Service {
	at := map[string]*int64{}
	for _, s := range line.Services {
		at[s.Name] = s.ReadyMS
	}
	for i, r := range rows {
		rows[i].ReadyMS = at[r.Name]
	}
	return rows
}

// show prints the failures and the table, or the document.
func (u *up) show(doc report.Up, line timeline.Timeline) error {
	if u.o.JSON {
		return u.document(doc)
	}
	for _, f := range doc.Failures {
		report.FailureBlock(u.format.options, f)
	}
	if err := report.ServiceTable(u.format.tables, doc.Services, true); err != nil {
		return err
	}
	if text := line.Line(); text != "" {
		_, err := fmt.Fprintln(u.w.Out, u.w.folded(text))
		return err
	}
	return nil
}

// document writes the one JSON document of -json.
func (u *up) document(doc report.Up) error {
	doc.Version, doc.Project, doc.Environment = 1, u.project.Name, u.project.Env
	doc.TookMS = u.w.Now().Sub(u.began).Milliseconds()
	u.shown = true
	return report.Document(u.w.Out, doc)
}

// refuse writes the document of a run that failed before it could report.
func (u *up) refuse(err error) error {
	var name, env string
	if u.session != nil {
		name, env = u.project.Name, u.project.Env
	}
	return u.w.mishap(u.o.JSON && !u.shown, err, func(text string, code int) any {
		if u.o.Dry {
			return report.Plan{Version: 1, Project: name, Environment: env, Error: text, ExitCode: code}
		}
		return report.Up{Version: 1, Project: name, Environment: env, Error: text, ExitCode: code,
			TookMS: u.w.Now().Sub(u.began).Milliseconds()}
	})
}

func (s *session) timelinePath() string {
	return s.layout.Path(s.layout.StateDir, s.project.Name, "timeline.json")
}
