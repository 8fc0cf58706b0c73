package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/plan/plantest"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/report/schematest"
	"github.com/infinitescribe/spellbook/internal/status"
	"github.com/infinitescribe/spellbook/internal/timeline"
)

func document(t *testing.T, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := report.Document(&b, v); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func failedUp() report.Up {
	ready, code := int64(3300), 137
	return report.Up{Version: 1, Project: "lab", Environment: "local", Changed: true, TookMS: 8100, ExitCode: 4,
		CriticalPath: []string{"create", "postgres"}, Error: "postgres is not ready",
		Services: []status.Service{
			{Name: "redis", State: status.Ready, Image: "redis:7", URLs: []string{"redis://127.0.0.1:6379"}, ReadyMS: &ready},
			{Name: "postgres", State: status.Failed, Detail: "exited with code 137", Age: "2 seconds"}},
		Failures: []status.Failure{{Service: "postgres", State: status.Failed, Reason: "exited with code 137", ExitCode: &code,
			OOMKilled: true, Health: "no response", Logs: []string{"a < b & c"}, Hint: "more memory", NotStarted: []string{"api"}}}}
}

func TestDocumentsFollowTheirSchemas(t *testing.T) {
	schematest.Validate(t, "up", document(t, failedUp()))
	schematest.Validate(t, "up", document(t, report.Up{Version: 1, OK: true}))
	schematest.Validate(t, "status", document(t, report.Status{Version: 1, Project: "lab", Services: failedUp().Services}))
	schematest.Validate(t, "status", document(t, report.Status{Version: 1, Project: "lab", Ready: true}))
	for _, script := range [][]moment{well, badly, nasty, opening, nil} {
		schematest.Validate(t, "timeline", document(t, lineOf(script)))
	}
}

func TestDocumentsOfWhatFailedFollowTheirSchemas(t *testing.T) {
	for name, doc := range map[string]any{
		"plan":     report.Plan{Version: 1, Error: "no engine", ExitCode: 3},
		"status":   report.Status{Version: 1, Error: "no engine", ExitCode: 3},
		"stats":    report.Stats{Version: 1, Project: "lab", Error: "no engine", ExitCode: 3},
		"timeline": report.ErrorDocument{Version: 1, Error: "no run is recorded yet", ExitCode: 3},
	} {
		schematest.Validate(t, name, document(t, doc))
	}
}

func TestEveryActionIsInTheSchemaOfPlans(t *testing.T) {
	p := plan.Plan{}
	for i, a := range plantest.Actions() {
		p.Add(plan.Step{ID: plan.ID(fmt.Sprint(i)), Action: a, Service: "db", Cause: "requested",
			After: []plan.Edge{{ID: "0", Condition: "service_healthy", Soft: true}}})
	}
	doc := report.Plan{Version: 1, Project: "lab", Steps: report.PlanSteps(p)}
	schematest.Validate(t, "plan", document(t, doc))
	schematest.Validate(t, "plan", document(t, report.Plan{Version: 1, Project: "lab"}))
	kinds := map[string]bool{}
	for _, s := range doc.Steps {
		kinds[s.Action] = true
	}
	if len(kinds) != len(p.Steps) {
		t.Errorf("%d kinds of %d actions", len(kinds), len(p.Steps))
	}
}

func TestEveryStateIsInTheSchemas(t *testing.T) {
	for _, state := range []status.State{status.Ready, status.Starting, status.Unhealthy, status.Completed, status.Failed, status.Exited, status.Absent} {
		services := []status.Service{{Name: "a", State: state}}
		schematest.Validate(t, "status", document(t, report.Status{Version: 1, Project: "lab", Services: services}))
		schematest.Validate(t, "up", document(t, report.Up{Version: 1, OK: true, Services: services}))
	}
	for _, state := range []timeline.State{timeline.Ready, timeline.Done, timeline.Started, timeline.Failed, timeline.Cancelled, timeline.Skipped} {
		line := lineOf(well)
		line.Services[0].State = state
		schematest.Validate(t, "timeline", document(t, line))
	}
}

func TestTheSchemasRefuseWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		schema string
		doc    []byte
		change func(doc map[string]any)
	}{
		"a field too many":         {"up", document(t, failedUp()), func(d map[string]any) { d["extra"] = 1 }},
		"a field missing":          {"up", document(t, failedUp()), func(d map[string]any) { delete(d, "took_ms") }},
		"another version":          {"up", document(t, failedUp()), func(d map[string]any) { d["version"] = 2 }},
		"null for a list":          {"up", document(t, failedUp()), func(d map[string]any) { d["services"] = nil }},
		"ok with an exit code":     {"up", document(t, failedUp()), func(d map[string]any) { d["ok"] = true }},
		"not ok without one":       {"up", document(t, failedUp()), func(d map[string]any) { d["exit_code"] = 0 }},
		"an unknown state":         {"up", document(t, failedUp()), func(d map[string]any) { first(d, "services")["state"] = "happy" }},
		"an unknown service field": {"up", document(t, failedUp()), func(d map[string]any) { first(d, "services")["x"] = "y" }},
		"21 lines of log": {"up", document(t, failedUp()), func(d map[string]any) {
			first(d, "failures")["logs"] = strings.Split(strings.Repeat("x ", 20), " ")
		}},
		"a status without ready":  {"status", document(t, report.Status{Version: 1, Project: "lab"}), func(d map[string]any) { delete(d, "ready") }},
		"an error without a code": {"plan", document(t, report.Plan{Version: 1, Error: "x", ExitCode: 3}), func(d map[string]any) { delete(d, "exit_code") }},
		"an error and a timeline": {"timeline", document(t, lineOf(well)), func(d map[string]any) { d["error"], d["exit_code"] = "x", 3 }},
		"no date":                 {"timeline", document(t, lineOf(well)), func(d map[string]any) { d["began"] = "yesterday" }},
		"a negative moment":       {"timeline", document(t, lineOf(well)), func(d map[string]any) { d["total_ms"] = -1 }},
		"an unknown condition": {"timeline", document(t, lineOf(well)), func(d map[string]any) {
			d["services"].([]any)[5].(map[string]any)["depends_on"].([]any)[0].(map[string]any)["condition"] = "healthy"
		}},
	} {
		var doc map[string]any
		if err := json.Unmarshal(c.doc, &doc); err != nil {
			t.Fatal(err)
		}
		c.change(doc)
		if schematest.Check(c.schema, document(t, doc)) == nil {
			t.Errorf("%s is let through", name)
		}
	}
}

func first(doc map[string]any, list string) map[string]any {
	return doc[list].([]any)[0].(map[string]any)
}

func TestADocumentIsIndentedAndLeavesTextAsItIs(t *testing.T) {
	got := string(document(t, failedUp()))
	contains(t, got, "\n  \"version\": 1", `"a < b & c"`, `"urls": []`)
}
