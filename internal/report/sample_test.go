package report_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/readiness"
)

var update = flag.Bool("update", false, "write the golden files anew")

var began = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// moment is an event of a script.
type moment struct {
	ms   int
	kind engine.Kind
	id   plan.ID
	note engine.Note
	err  error
}

// events of a script, with how long each step took.
func events(p plan.Plan, script []moment) []engine.Event {
	steps := map[plan.ID]plan.Step{}
	for _, s := range p.Steps {
		steps[s.ID] = s
	}
	begun := map[plan.ID]time.Time{}
	var list []engine.Event
	for _, m := range script {
		e := engine.Event{At: began.Add(time.Duration(m.ms) * time.Millisecond), Kind: m.kind, Step: steps[m.id], Note: m.note, Err: m.err}
		if m.kind == engine.Begun {
			begun[m.id] = e.At
		} else if at, ok := begun[m.id]; ok && m.kind != engine.Noted {
			e.Took = e.At.Sub(at)
		}
		list = append(list, e)
	}
	return list
}

// chain adds the steps of a service: start and wait.
func chain(p *plan.Plan, name string, on ...plan.Edge) {
	start, wait := plan.ID("start service "+name), plan.ID("await ready "+name)
	var action plan.Action = plan.AwaitReady{Names: []string{"lab-" + name + "-1"}, Check: plan.Check{Test: []string{"CMD", "probe", name}, Show: "probe " + name}}
	if name == "migrate" {
		wait, action = "await exit migrate", plan.AwaitExit{Names: []string{"lab-migrate-1"}}
	}
	p.Add(plan.Step{ID: start, Service: name, Cause: "no container", Action: plan.StartContainers{Names: []string{"lab-" + name + "-1"}},
		After: append([]plan.Edge{plan.Needs("create containers")}, on...)})
	p.Add(plan.Step{ID: wait, Service: name, Action: action, After: []plan.Edge{plan.Needs(start)}})
}

func healthy(name string) plan.Edge {
	return plan.Edge{ID: plan.ID("await ready " + name), Condition: "service_healthy"}
}

// stack is postgres ← migrate ← api ← gateway, with redis and mail beside.
func stack() plan.Plan {
	p := plan.Plan{Project: "lab"}
	p.Add(plan.Step{ID: "pull image registry.example/postgres:16", Service: "postgres", Cause: "not present",
		Action: plan.PullImage{Image: "registry.example/postgres:16", Service: "postgres"}})
	p.Add(plan.Step{ID: "create containers", Cause: "6 new", Action: plan.Compose{Argv: []string{"create"}},
		After: []plan.Edge{plan.Needs("pull image registry.example/postgres:16")}})
	chain(&p, "api", healthy("redis"), plan.Edge{ID: "await exit migrate", Condition: "service_completed_successfully"})
	chain(&p, "gateway", healthy("api"))
	chain(&p, "mail")
	chain(&p, "migrate", healthy("postgres"))
	chain(&p, "postgres")
	chain(&p, "redis")
	p.Add(plan.Step{ID: "remember what is up", Cause: "for the next run", Action: plan.Record{}, After: []plan.Edge{plan.Needs("await ready gateway")}})
	return p
}

const (
	begun     = engine.Begun
	noted     = engine.Noted
	done      = engine.Done
	failed    = engine.Failed
	cancelled = engine.Cancelled
	skipped   = engine.Skipped
	image     = "pull image registry.example/postgres:16"
)

func mb(current, total int64) engine.Note {
	return engine.Note{Text: "pulling", Current: current * 1_000_000, Total: total * 1_000_000}
}

// sorted orders a script by time.
func sorted(script []moment) []moment {
	slices.SortStableFunc(script, func(x, y moment) int { return x.ms - y.ms })
	return script
}

func step(ms int, kind engine.Kind, id plan.ID) moment { return moment{ms: ms, kind: kind, id: id} }

// opening is what all scripts have in common: pull, create, first starts.
var opening = []moment{
	step(10, begun, image),
	{ms: 500, kind: noted, id: image, note: mb(10, 120)},
	{ms: 2100, kind: noted, id: image, note: mb(45, 120)},
	{ms: 2200, kind: noted, id: image, note: mb(60, 120)},
	{ms: 4300, kind: noted, id: image, note: mb(118, 120)},
	step(5000, done, image),
	step(5000, begun, "create containers"),
	{ms: 5300, kind: noted, id: "create containers", note: engine.Note{Text: "Container lab-api-1 Created"}},
	step(5900, done, "create containers"),
	step(5901, begun, "start service mail"), step(5902, begun, "start service postgres"), step(5903, begun, "start service redis"),
	step(6100, done, "start service mail"), step(6100, begun, "await ready mail"),
	step(6101, done, "start service postgres"), step(6101, begun, "await ready postgres"),
	step(6102, done, "start service redis"), step(6102, begun, "await ready redis"),
	step(6300, done, "await ready redis"),
	{ms: 6900, kind: noted, id: "await ready mail", note: engine.Note{Text: "exited with code 3, restarted", Warning: true}},
}

// well goes on to everything ready.
var well = append(opening[:len(opening):len(opening)], []moment{
	step(7400, done, "await ready mail"), step(9200, done, "await ready postgres"),
	step(9202, begun, "start service migrate"), step(9300, done, "start service migrate"), step(9300, begun, "await exit migrate"),
	step(9650, done, "await exit migrate"),
	step(9652, begun, "start service api"), step(9800, done, "start service api"), step(9800, begun, "await ready api"),
	step(10900, done, "await ready api"),
	step(10902, begun, "start service gateway"), step(11000, done, "start service gateway"), step(11000, begun, "await ready gateway"),
	step(11200, done, "await ready gateway"),
	step(11200, begun, "remember what is up"), step(11205, done, "remember what is up"),
}...)

// badly fails at postgres, by the kernel, with mail still on its way.
var badly = append(opening[:len(opening):len(opening)], []moment{
	{ms: 8000, kind: failed, id: "await ready postgres", err: &readiness.ExitError{Code: 137, OOMKilled: true}},
	step(8000, skipped, "start service migrate"), step(8000, skipped, "await exit migrate"),
	step(8000, skipped, "start service api"), step(8000, skipped, "await ready api"),
	step(8000, skipped, "start service gateway"), step(8000, skipped, "await ready gateway"),
	step(8000, skipped, "remember what is up"),
	{ms: 8001, kind: cancelled, id: "await ready mail", err: engine.ErrStopped},
}...)

// nasty has texts that try to break out.
var nasty = []moment{
	step(10, begun, image),
	{ms: 20, kind: failed, id: image, err: errors.New("50% of \x1b[31mit\x1b[0m, then:\n::error::no\r\n##[error]no\x07")},
	step(20, skipped, "create containers"),
	step(20, skipped, "start service postgres"),
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || got != string(want) {
		t.Errorf("%s differs (%v), got:\n%s", path, err, got)
	}
}
