package timeline_test

import (
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/timeline"
)

var update = flag.Bool("update", false, "write the golden files anew")

var began = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// stack is the plan of postgres ← migrate ← api, and of redis beside them.
func stack() plan.Plan {
	p := plan.Plan{Project: "lab"}
	p.Add(plan.Step{ID: "pull image postgres:16", Service: "postgres", Action: plan.PullImage{Image: "postgres:16"}})
	p.Add(plan.Step{ID: "create containers", Action: plan.Compose{Argv: []string{"create", "api"}},
		After: []plan.Edge{plan.Needs("pull image postgres:16")}})
	service := func(name string, wait plan.Action, waitID plan.ID, on ...plan.Edge) {
		start := plan.ID("start service " + name)
		p.Add(plan.Step{ID: start, Service: name, Action: plan.StartContainers{Names: []string{name}},
			After: append([]plan.Edge{plan.Needs("create containers")}, on...)})
		p.Add(plan.Step{ID: waitID, Service: name, Action: wait, After: []plan.Edge{plan.Needs(start)}})
	}
	service("api", plan.AwaitReady{}, "await ready api",
		plan.Edge{ID: "await exit migrate", Condition: "service_completed_successfully"},
		plan.Edge{ID: "await ready redis", Condition: "service_healthy"})
	service("migrate", plan.AwaitExit{}, "await exit migrate", plan.Edge{ID: "await ready postgres", Condition: "service_healthy"})
	service("postgres", plan.AwaitReady{}, "await ready postgres")
	service("redis", plan.AwaitReady{}, "await ready redis")
	p.Add(plan.Step{ID: "remember what is up", Action: plan.Record{}, After: []plan.Edge{plan.Needs("await ready api")}})
	return p
}

// run makes the events of a script of (milliseconds, kind, step).
type moment struct {
	ms   int
	kind engine.Kind
	id   plan.ID
}

func run(p plan.Plan, script []moment) []engine.Event {
	steps := map[plan.ID]plan.Step{}
	for _, s := range p.Steps {
		steps[s.ID] = s
	}
	var events []engine.Event
	for _, m := range script {
		events = append(events, engine.Event{At: began.Add(time.Duration(m.ms) * time.Millisecond), Kind: m.kind, Step: steps[m.id]})
	}
	return events
}

const (
	begun   = engine.Begun
	done    = engine.Done
	failed  = engine.Failed
	skipped = engine.Skipped
)

var cold = []moment{
	{90, begun, "pull image postgres:16"}, {1090, done, "pull image postgres:16"},
	{1090, begun, "create containers"}, {1990, done, "create containers"},
	{1992, begun, "start service postgres"}, {1993, begun, "start service redis"},
	{2200, done, "start service redis"}, {2200, begun, "await ready redis"},
	{2300, done, "start service postgres"}, {2300, begun, "await ready postgres"},
	{2500, done, "await ready redis"}, {5090, done, "await ready postgres"},
	{5093, begun, "start service migrate"}, {5200, done, "start service migrate"}, {5200, begun, "await exit migrate"},
	{5490, done, "await exit migrate"}, {5495, begun, "start service api"}, {5700, done, "start service api"},
	{5700, begun, "await ready api"}, {6690, done, "await ready api"},
	{6690, begun, "remember what is up"}, {6695, done, "remember what is up"},
}

func TestACompleteRunIsTheGoldenTimeline(t *testing.T) {
	got := timeline.Build("lab", began, stack(), run(stack(), cold))
	golden(t, "cold.json", got)
}

func TestTheCriticalPathGoesBackThroughWhatEachStartWaitedFor(t *testing.T) {
	got := timeline.Build("lab", began, stack(), run(stack(), cold)).Line()
	want := "pull postgres:16 1.0s → create 0.9s → postgres 3.1s → migrate 0.4s → api 1.2s"
	if got != want {
		t.Errorf("line is\n%s, want\n%s", got, want)
	}
}

func TestAFailureEndsTheCriticalPathAndSkipsWhatHangsOnIt(t *testing.T) {
	script := append(cold[:11:11], []moment{
		{2900, failed, "await ready postgres"},
		{2900, skipped, "start service migrate"}, {2900, skipped, "await exit migrate"},
		{2900, skipped, "start service api"}, {2900, skipped, "await ready api"},
	}...)
	golden(t, "failed.json", timeline.Build("lab", began, stack(), run(stack(), script)))
}

func TestAnOptionalFailureIsNotWhatTheRunWaitedFor(t *testing.T) {
	p := stack()
	for i := range p.Steps {
		p.Steps[i].Optional = p.Steps[i].Service == "redis"
	}
	script := append([]moment{}, cold...)
	script[10].kind = failed
	got := timeline.Build("lab", began, p, run(p, script)).Line()
	if want := "pull postgres:16 1.0s → create 0.9s → postgres 3.1s → migrate 0.4s → api 1.2s"; got != want {
		t.Errorf("line is\n%s, want\n%s", got, want)
	}
}

func TestARunWithoutEventsHasAnEmptyTimeline(t *testing.T) {
	got := timeline.Build("lab", began, plan.Plan{}, nil)
	if got.Line() != "" || got.TotalMS != 0 || got.Phases == nil || got.Services == nil || got.Legs == nil || got.CriticalPath == nil {
		t.Errorf("timeline is %+v", got)
	}
}

// Any cut of a run gives a timeline whose legs follow each other and whose
// moments are in order.
func TestMomentsAndLegsAreInOrderWhereverTheRunIsCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, len(cold)).Draw(t, "events")
		got := timeline.Build("lab", began, stack(), run(stack(), cold[:n]))
		for i, leg := range got.Legs {
			if leg.EndMS < leg.StartMS || i > 0 && leg.StartMS != got.Legs[i-1].EndMS {
				t.Fatalf("legs are %+v", got.Legs)
			}
		}
		for _, s := range got.Services {
			last := int64(0)
			for _, at := range []*int64{s.CreatedMS, s.StartedMS, s.RunningMS, s.ReadyMS} {
				if at != nil && *at < last {
					t.Fatalf("service is %+v", s)
				} else if at != nil {
					last = *at
				}
			}
		}
	})
}

func TestWhatIsWrittenIsReadAgainAndBelongsToItsOwner(t *testing.T) {
	want := timeline.Build("lab", began, stack(), run(stack(), cold))
	path := filepath.Join(t.TempDir(), "new", "timeline.json")
	for range 2 {
		if err := want.Write(path); err != nil {
			t.Fatal(err)
		}
	}
	got, err := timeline.Read(path)
	if err != nil || text(t, got) != text(t, want) {
		t.Errorf("read %s, %v", text(t, got), err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode is %v, %v", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*")); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

func TestAnAbsentForeignOrBrokenFileIsAnError(t *testing.T) {
	dir := t.TempDir()
	if _, err := timeline.Read(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("absent: %v", err)
	}
	for _, content := range []string{`{"version":2}`, `{`, ``} {
		path := filepath.Join(dir, "t.json")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := timeline.Read(path); err == nil {
			t.Errorf("%q is read", content)
		}
	}
}

func text(t *testing.T, v any) string {
	t.Helper()
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(data) + "\n"
}

func golden(t *testing.T, name string, v any) {
	t.Helper()
	path, got := filepath.Join("testdata", name), text(t, v)
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
