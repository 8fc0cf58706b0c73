package build

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/plan"
)

func TestTheCommandLinesOfTheTools(t *testing.T) {
	for want, argv := range map[string][]string{
		"syft docker:team/api:3f9a -o spdx-json":                                                                    sbomArgv("syft", "team/api:3f9a"),
		"trivy image --image-src docker --format spdx-json team/api:3f9a":                                           sbomArgv("trivy", "team/api:3f9a"),
		"grype docker:team/api:3f9a --fail-on high -o table":                                                        scanArgv("grype", "team/api:3f9a", false),
		"grype docker:team/api:3f9a --fail-on high -o json":                                                         scanArgv("grype", "team/api:3f9a", true),
		"govulncheck -C /apps/api ./...":                                                                            govulncheckArgv("/apps/api", "", false),
		"govulncheck -C /apps/api -format json -db file:///vulns ./...":                                             govulncheckArgv("/apps/api", "file:///vulns", true),
		"trivy image --image-src docker --scanners vuln --severity HIGH,CRITICAL --exit-code 1 --format json api:1": scanArgv("trivy", "api:1", true),
	} {
		if got := strings.Join(argv, " "); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestOfSeveralToolsTheFirstIsTaken(t *testing.T) {
	dir := t.TempDir()
	environ := []string{"PATH=" + dir}
	if got := firstInstalled(environ, sbomTools...); got != "" {
		t.Errorf("found %s, and none is there", got)
	}
	for _, name := range []string{"trivy", "syft"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		if got := firstInstalled(environ, sbomTools...); got != name {
			t.Errorf("found %q, want %s", got, name)
		}
	}
}

func TestTheModuleOfABuildIsBesideItsDockerfileOrInItsContext(t *testing.T) {
	root := t.TempDir()
	api := filepath.Join(root, "apps", "api")
	if err := os.MkdirAll(api, 0o755); err != nil {
		t.Fatal(err)
	}
	build := plan.Build{Context: root, Dockerfile: filepath.Join(api, "Dockerfile")}
	if got := moduleOf(build); got != "" {
		t.Errorf("found %s, and none is there", got)
	}
	for _, dir := range []string{root, api} {
		if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module a\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := moduleOf(build); got != dir {
			t.Errorf("found %q, want %s", got, dir)
		}
	}
	for _, b := range []plan.Build{{Context: root, Inline: "FROM scratch"}, {Context: "https://example.com/a.git", Dockerfile: "Dockerfile"}} {
		if got, want := moduleOf(b), b.Context; got != want && got != "" {
			t.Errorf("found %s", got)
		}
	}
}

// govulncheck tells of modules and packages as well, and ends with 0 as JSON.
func TestWhatIsCalledDecidesInGovulnchecksJSON(t *testing.T) {
	const imported = `{"config":{}} {"osv":{"id":"GO-1"}} {"finding":{"osv":"GO-1","trace":[{"module":"a","package":"a"}]}}`
	for text, want := range map[string]bool{
		imported: false,
		imported + ` {"finding":{"osv":"GO-1","trace":[{"module":"a","package":"a","function":"Fold"},{"function":"main"}]}}`: true,
	} {
		values, err := jsonValues(strings.NewReader(text))
		if got := callsVulnerable(values); err != nil || got != want {
			t.Errorf("%s: got %t, %v", text, got, err)
		}
	}
	if values, err := jsonValues(strings.NewReader(`{"a":1} usage:`)); err == nil {
		t.Errorf("got %s", values)
	}
}

func TestAnExitCodeDecidesAndNoScannerIsNoCleanScan(t *testing.T) {
	clean := scanned{Services: []string{"api"}, State: scanClean, Scans: []scan{{Scanner: "grype", Of: "api:1"}}}
	missing := scanned{Services: []string{"page"}, State: scanMissing}
	found := scanned{Services: []string{"db"}, State: scanFound, Scans: []scan{{Scanner: "trivy", Of: "db:1", ExitCode: 1}, {Scanner: "./own", Of: "db", ExitCode: 7}}}
	if f := verdictOf([]scanned{clean}); f != nil {
		t.Errorf("got %v", f)
	}
	if f := verdictOf([]scanned{clean, missing}); f == nil || f.Code != failure.Preflight || !strings.Contains(f.Error(), "not scanned: page\n  → install grype or trivy") {
		t.Errorf("got %v", f)
	}
	if f := verdictOf([]scanned{missing, found}); f == nil || f.Code != failure.Unexpected || !strings.Contains(f.Error(), "trivy exited with code 1 for db:1") || !strings.Contains(f.Error(), "./own exited with code 7 for db") {
		t.Errorf("got %v", f)
	}
	if text, err := json.Marshal(scan{Scanner: "grype", Report: json.RawMessage(`{"matches":[]}`)}); err != nil || !strings.Contains(string(text), `"report":{"matches":[]}`) {
		t.Errorf("got %s, %v", text, err)
	}
}

// The go command refuses a module below a go.work that does not use it.
func TestAModuleIsScannedWithTheWorkspaceThatUsesIt(t *testing.T) {
	root := t.TempDir()
	for path, text := range map[string]string{"api/go.mod": "module a\n\ngo 1.26\n", "web/go.mod": "module w\n\ngo 1.26\n", "go.work": "go 1.26\n\nuse ./api\n"} {
		path = filepath.Join(root, path)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	x := &scanner{Operation: &Operation{Session: &load.Session{Run: &app.Run{Environ: os.Environ()}}}}
	for dir, want := range map[string]string{"api": "", "web": "GOWORK=off"} {
		if got := strings.Join(x.workspaceOf(t.Context(), filepath.Join(root, dir)), " "); got != want {
			t.Errorf("%s is scanned with %q, want %q", dir, got, want)
		}
	}
}
