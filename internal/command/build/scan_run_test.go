package build

import (
	"context"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/report/schematest"
)

func sbomCall(o SBOMOptions) commandtest.Target {
	return func(ctx context.Context, w *app.Run) error { return SBOM(ctx, w, o) }
}

func scanCall(o ScanOptions) commandtest.Target {
	return func(ctx context.Context, w *app.Run) error { return Scan(ctx, w, o) }
}

// built is a world whose images are built, and the name of api's.
func built(t *testing.T) (r *commandtest.Repository, e *commandtest.Engine, api string) {
	t.Helper()
	r, e = world(t)
	for _, one := range commandtest.Document[report.BuildPlan](t, r.Run(planCall(true))).Builds {
		e.Image(commandtest.BuiltID(one.Name)).Tags = one.Tags
		if one.Name == "api" {
			api = one.Image
		}
	}
	return r, e, api
}

const (
	grypeArgs = " --fail-on high -o table"
	module    = "module example.com/api\n"
)

func TestTheScannersExitCodeDecides(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		tool  string
		calls []commandtest.Call
		code  failure.Code
		says  []string
	}{
		"clean": {"grype", []commandtest.Call{{Args: "docker:team/api:*" + grypeArgs, Out: "No vulnerabilities found\n"}}, failure.OK,
			[]string{"scanning team/api:", " with grype\n", "No vulnerabilities found\n", "api (api, worker): clean; team/api:", " by grype\n"}},
		"vulnerable": {"grype", []commandtest.Call{{Args: "docker:team/api:*" + grypeArgs, Out: "CVE-1 High\n", Exit: 2}}, failure.Unexpected,
			[]string{"CVE-1 High\n", "api (api, worker): vulnerable; team/api:", "grype exited with code 2 for team/api:", "\n  → what it found stands above"}},
		"another tool": {"trivy", []commandtest.Call{{Args: "image --image-src docker --scanners vuln --severity HIGH,CRITICAL --exit-code 1 --format table team/api:*"}}, failure.OK,
			[]string{"by trivy\n"}},
		"none": {"", nil, failure.Preflight, []string{"api (api, worker): not scanned\n", "not scanned: api\n  → install grype or trivy (for a Go module, govulncheck does as well)"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, e, _ := built(t)
			if c.tool != "" {
				r.Tool(c.tool, c.calls...)
			}
			r.Run(scanCall(ScanOptions{Services: []string{"api", "worker"}})).Want(t, c.code, c.says...)
			if e.Done() != "" || r.Exists(".spellbook") {
				t.Errorf("a scan has changed something: %s", e.Done())
			}
		})
	}
}

func TestTheDocumentOfAScanHasTheScannersOwnReport(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		call commandtest.Call
		code failure.Code
		says []string
	}{
		"clean":             {commandtest.Call{Out: `{"matches":[]}`}, failure.OK, []string{`"ok": true`, `"state": "clean"`, `"matches": []`}},
		"vulnerable":        {commandtest.Call{Out: `{"matches":[{"id":"CVE-1"}]}`, Exit: 2}, failure.Unexpected, []string{`"ok": false`, `"state": "vulnerable"`, `"id": "CVE-1"`, `"exit_code": 2`}},
		"failed, and mute":  {commandtest.Call{Exit: 3, Err: "no database\n"}, failure.Unexpected, []string{`"state": "vulnerable"`, "no database\n"}},
		"no JSON":           {commandtest.Call{Out: "usage: grype"}, failure.Unexpected, []string{"read output of grype: it is no JSON"}},
		"nothing":           {commandtest.Call{}, failure.Unexpected, []string{"read output of grype: it is no JSON"}},
		"two JSON, one run": {commandtest.Call{Out: "{} {}"}, failure.OK, []string{`"report": [`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, _, _ := built(t)
			c.call.Args = "docker:team/api:* --fail-on high -o json"
			r.Tool("grype", c.call)
			x := r.Run(scanCall(ScanOptions{Services: []string{"api"}, JSON: true})).Want(t, c.code, c.says...)
			schematest.Validate(t, "buildscan", []byte(x.Out))
		})
	}
}

// A module is scanned once, although several images are of it; an image need not
// be built for that.
func TestAGoModuleIsScannedOnceAndUnbuilt(t *testing.T) {
	t.Parallel()
	r, _ := world(t)
	r.Write("compose/docker-compose.backend.yml", strings.Replace(strings.Replace(backendCompose, "red", "blue", 1), "team/api:dev", "team/other:dev", 1))
	r.Write("api/go.mod", module)
	r.Env = append(r.Env, "GOVULNDB=file:///vulns")
	tool := r.Tool("govulncheck", commandtest.Call{Args: "-C " + r.Dir + "/api -db file:///vulns ./..."},
		commandtest.Call{Args: "-C " + r.Dir + "/api -format json -db file:///vulns ./...",
			Out: `{"config":{}} {"finding":{"osv":"GO-1","trace":[{"module":"a","package":"a","function":"Fold"}]}}`})
	r.Run(scanCall(ScanOptions{Services: []string{"api", "worker"}})).Want(t, failure.OK, "api: clean; api by govulncheck\n", "worker: clean; api by govulncheck\n")
	if tool.Calls() != "-C "+r.Dir+"/api -db file:///vulns ./...\n" {
		t.Errorf("called\n%s", tool.Calls())
	}
	t.Log("as JSON it ends with 0 whatever it found, so its findings decide")
	x := r.Run(scanCall(ScanOptions{Services: []string{"api"}, JSON: true})).Want(t, failure.Unexpected, `"exit_code": 3`, "govulncheck exited with code 3 for api")
	schematest.Validate(t, "buildscan", []byte(x.Out))
}

func TestAScannerThatAServiceNamesIsTheOneThatRuns(t *testing.T) {
	t.Parallel()
	named := func(scan string) func(*commandtest.Repository) {
		return func(r *commandtest.Repository) {
			r.Write("compose/docker-compose.yml", strings.TrimSpace(buildCompose)+"\n    x-spellbook: {scan: "+scan+"}\n")
		}
	}
	own := commandtest.Call{Args: "--of demo-page:* 7", Out: "own words\n"}
	for name, c := range map[string]struct {
		scan string
		call *commandtest.Call
		json bool
		code failure.Code
		says []string
	}{
		"with the image":     {`[own, --of, "$$IMAGE", 7]`, &own, false, failure.OK, []string{"own words\n", "page: clean; page by own\n"}},
		"in the other form":  {`[own, --of, "$${IMAGE}", 7]`, &own, false, failure.OK, nil},
		"as a document":      {`[own, --of, "$$IMAGE", 7]`, &own, true, failure.OK, []string{`"scanner": "own"`, `"of": "page"`}},
		"that refuses":       {`[own]`, &commandtest.Call{Exit: 4}, true, failure.Unexpected, []string{`"exit_code": 4`, "own exited with code 4 for page"}},
		"that is not there":  {`[gone]`, nil, true, failure.Preflight, []string{"scanner gone of service page is not installed\n  → install it, or correct x-spellbook.scan in the Compose file"}},
		"that is no list":    {`own`, nil, true, failure.Preflight, []string{"service page: x-spellbook.scan is no list of words\n  → write scan: [trivy, image, $$IMAGE], or scan: false"}},
		"that is of objects": {`[{a: b}]`, nil, false, failure.Preflight, []string{"is no list of words"}},
		"that is empty":      {`[]`, nil, false, failure.Preflight, []string{"is no list of words"}},
		"off":                {`false`, nil, true, failure.OK, []string{`"state": "off"`, `"ok": true`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, _, _ := built(t)
			named(c.scan)(r)
			if c.call != nil {
				r.Tool("own", *c.call)
			}
			x := r.Run(scanCall(ScanOptions{Services: []string{"page"}, JSON: c.json})).Want(t, c.code, c.says...)
			if c.json {
				schematest.Validate(t, "buildscan", []byte(x.Out))
			}
			if c.json && strings.Contains(x.Out, "own words") {
				t.Errorf("the document is not alone:\n%s", x)
			}
		})
	}
}

func TestWhatIsNotBuiltIsNotLookedInto(t *testing.T) {
	t.Parallel()
	r, _ := world(t)
	r.Tool("grype")
	r.Tool("syft")
	const says = " is not built, and has to be for a look into it\n  → mage build:backend -services=api, or build:all"
	for schema, do := range map[string]commandtest.Target{"buildscan": scanCall(ScanOptions{JSON: true}), "buildsbom": sbomCall(SBOMOptions{JSON: true})} {
		x := r.Run(do).Want(t, failure.Preflight, "image team/api:", says)
		schematest.Validate(t, schema, []byte(x.Out))
	}
}
