package report_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/report/schematest"
)

func buildReport() report.BuildReport {
	return report.BuildReport{Version: 1, Project: "lab", Environment: "local", Changed: true, TookMS: 13_000, Builds: builtRows(),
		Failures: buildFailures(), Error: "frontend was not built", ExitCode: 1}
}

func images() report.Images {
	return report.Images{Version: 1, Project: "lab", Environment: "local", Images: imageRows()}
}

func buildPlan() report.BuildPlan {
	p := report.BuildPlan{Version: 1, Project: "lab", Environment: "local", Builds: plannedRows()}
	p.Builds[0].Push = []string{"registry.example/scribe/backend:latest"}
	return p
}

func TestDocumentsOfBuildsFollowTheirSchemas(t *testing.T) {
	for name, docs := range map[string][]any{
		"build":        {buildReport(), report.BuildReport{Version: 1, OK: true}, report.BuildReport{Version: 1, Error: "no engine", ExitCode: 3}},
		"buildplan":    {buildPlan(), report.BuildPlan{Version: 1, Error: "no engine", ExitCode: 3}},
		"buildimages":  {images(), report.Images{Version: 1, Error: "no engine", ExitCode: 3}},
		"buildexplain": {explanation(), report.Explanation{Version: 1, Service: "api", Error: "no engine", ExitCode: 3}},
	} {
		for _, doc := range docs {
			schematest.Validate(t, name, document(t, doc))
		}
	}
}

func TestEveryStateOfABuildIsInTheSchemas(t *testing.T) {
	for _, state := range []report.BuildState{report.ImageExists, report.ImageBuilt, report.ImageTagged, report.BuildBroken, report.BuildCancelled, report.BuildSkipped} {
		doc := buildReport()
		doc.Builds[0].State = state
		schematest.Validate(t, "build", document(t, doc))
	}
	for _, state := range []report.BuildState{report.ToBuild, report.ToTag, report.ImageExists} {
		planned, explained := buildPlan(), explanation()
		planned.Builds[0].State, explained.State = state, state
		schematest.Validate(t, "buildplan", document(t, planned))
		schematest.Validate(t, "buildexplain", document(t, explained))
	}
}

func TestEveryChangeOfAnInputIsInTheSchema(t *testing.T) {
	e := report.Explanation{Version: 1, Service: "api"}
	for _, input := range []report.Input{report.InputDockerfile, report.InputTarget, report.InputPlatform, report.InputArgument,
		report.InputBase, report.InputContext, report.InputSetting, report.InputFile} {
		for _, how := range []report.How{report.HowAdded, report.HowRemoved, report.HowChanged, report.HowContent, report.HowMode, report.HowType} {
			e.Changes = append(e.Changes, report.Change{Input: input, How: how})
		}
	}
	schematest.Validate(t, "buildexplain", document(t, e))
}

func TestTheSchemasOfBuildsRefuseWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		schema string
		doc    any
		change func(doc map[string]any)
	}{
		"a field too many":        {"build", buildReport(), func(d map[string]any) { d["extra"] = 1 }},
		"ok with failures":        {"build", buildReport(), func(d map[string]any) { d["ok"], d["exit_code"] = true, 0 }},
		"not ok without a code":   {"build", buildReport(), func(d map[string]any) { d["exit_code"] = 0 }},
		"null for a list":         {"build", buildReport(), func(d map[string]any) { d["builds"] = nil }},
		"a state of a plan":       {"build", buildReport(), func(d map[string]any) { first(d, "builds")["state"] = "build" }},
		"line 0":                  {"build", buildReport(), func(d map[string]any) { first(d, "failures")["line"] = 0 }},
		"an unknown step's field": {"build", buildReport(), func(d map[string]any) { first(first(d, "builds"), "steps")["x"] = 1 }},
		"21 lines of output": {"build", buildReport(), func(d map[string]any) {
			first(d, "failures")["output"] = strings.Split(strings.Repeat("x ", 20), " ")
		}},
		"a state of a run":          {"buildplan", buildPlan(), func(d map[string]any) { first(d, "builds")["state"] = "built" }},
		"a build of no service":     {"buildplan", buildPlan(), func(d map[string]any) { first(d, "builds")["services"] = []any{} }},
		"an error without a code":   {"buildplan", report.BuildPlan{Version: 1, Error: "x", ExitCode: 3}, func(d map[string]any) { delete(d, "exit_code") }},
		"an age in words":           {"buildimages", images(), func(d map[string]any) { first(d, "images")["created"] = "12 minutes" }},
		"a key that is none":        {"buildimages", images(), func(d map[string]any) { first(d, "images")["key"] = "latest" }},
		"an input that nobody has":  {"buildexplain", explanation(), func(d map[string]any) { first(d, "changes")["input"] = "weather" }},
		"a change of unknown kind":  {"buildexplain", explanation(), func(d map[string]any) { first(d, "changes")["how"] = "moved" }},
		"an explanation of nothing": {"buildexplain", explanation(), func(d map[string]any) { delete(d, "service") }},
	} {
		var doc map[string]any
		if err := json.Unmarshal(document(t, c.doc), &doc); err != nil {
			t.Fatal(err)
		}
		c.change(doc)
		if schematest.Check(c.schema, document(t, doc)) == nil {
			t.Errorf("%s is let through", name)
		}
	}
}

func TestTheValueOfASecretIsInNoDocumentAndNoTable(t *testing.T) {
	lacks(t, string(document(t, explanation())), "hunter")
	lacks(t, eachLook(t, func(o report.Options) error { return report.ExplainTable(o, explanation()) }), "hunter")
}

func TestADocumentHasTheEndOfALongOutput(t *testing.T) {
	f := report.BuildFailed{Build: "api", Output: strings.Fields(strings.Repeat("early ", 30) + "last")}
	schematest.Validate(t, "build", document(t, report.BuildReport{Version: 1, ExitCode: 1, Failures: []report.BuildFailed{f}}))
	contains(t, string(document(t, f)), `"last"`)
}

func TestHowAnInputChangedFollowsFromItsValues(t *testing.T) {
	for want, c := range map[report.How]report.Change{
		report.HowAdded:   {Input: report.InputArgument, New: "1"},
		report.HowRemoved: {Input: report.InputArgument, How: report.HowChanged, Old: "1"},
		report.HowChanged: {Input: report.InputArgument, Old: "1", New: "2"},
		report.HowMode:    {Input: report.InputFile, How: report.HowMode, New: "0755"},
	} {
		contains(t, string(document(t, c)), `"how": "`+string(want)+`"`)
	}
}
