package sbom_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/build"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report/schematest"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// scribe is the Compose service of a tiny Go module in apps/scribe.
const scribe = `
  scribe:
    image: sbtest-scribe
    build: {context: .., dockerfile: apps/scribe/Dockerfile}
`

// scribeStack has a module that calls a function of a module in which a
// vulnerability is invented, and imports, without calling it, another.
func scribeStack(t *testing.T, services string) *stack {
	t.Helper()
	s := newStack(t, services)
	for name, text := range map[string]string{
		"apps/scribe/Dockerfile":                        "FROM scratch\nCOPY apps/scribe/go.mod ./\nCOPY apps/scribe ./\n",
		"apps/scribe/go.mod":                            "module example.com/scribe\n\ngo 1.26.0\n\nrequire (\n\texample.com/ink v0.3.0\n\texample.com/paper v1.2.0\n)\n",
		"apps/scribe/go.sum":                            "example.com/paper v1.2.0 h1:W5quZX/G/csjUnuI8SUYlsHs9M38FC7znL0lIO+DvMg=\n",
		"apps/scribe/main.go":                           "package main\n\nimport (\n\t\"example.com/ink\"\n\t\"example.com/paper\"\n)\n\nfunc main() { println(write(\"a\")) }\n\nfunc write(s string) string { return paper.Fold(ink.Mix(s)) }\n",
		"apps/scribe/vendor/modules.txt":                "# example.com/ink v0.3.0\n## explicit\nexample.com/ink\n# example.com/paper v1.2.0\n## explicit\nexample.com/paper\n",
		"apps/scribe/vendor/example.com/ink/ink.go":     "package ink\n\nfunc Mix(s string) string { return s }\n\nfunc Spill(s string) string { return s }\n",
		"apps/scribe/vendor/example.com/paper/paper.go": "package paper\n\nfunc Fold(s string) string { return s + s }\n",
	} {
		s.File(name, text)
	}
	s.tools(nil)
	s.Env = append(s.Env, "GOVULNDB="+vulnerabilities(t, "Fold"), "GOFLAGS=", "GOWORK=off")
	return s
}

// checked has the real govulncheck and no scanner of images.
func (s *stack) checked() *stack {
	s.T.Helper()
	program, err := govulncheck()
	if err != nil {
		s.T.Fatal(err)
	}
	s.tools(map[string]string{"govulncheck": "exec " + program + ` "$@"` + "\n"})
	return s
}

// vulnerabilities writes a database of two invented ones: in a function of
// paper, fixed in 1.2.1, and in Spill of ink, not fixed.
func vulnerabilities(t *testing.T, function string) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name string, doc any) {
		text, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	type m = map[string]any
	const day = "2026-01-02T03:04:05Z"
	entry := func(id, module, symbol string, events ...m) {
		write("ID/"+id+".json", m{"schema_version": "1.3.1", "id": id, "modified": day, "published": day, "summary": "Invented in " + module,
			"database_specific": m{"url": "https://example.com/" + id}, // without it the text of govulncheck 1.9 breaks off, with exit code 0
			"affected": []m{{"package": m{"name": module, "ecosystem": "Go"}, "ranges": []m{{"type": "SEMVER", "events": append([]m{{"introduced": "0"}}, events...)}},
				"ecosystem_specific": m{"imports": []m{{"path": module, "symbols": []string{symbol}}}}}}})
	}
	write("index/db.json", m{"modified": day})
	write("index/modules.json", []m{
		{"path": "example.com/ink", "vulns": []m{{"id": "GO-2026-9002", "modified": day}}},
		{"path": "example.com/paper", "vulns": []m{{"id": "GO-2026-9001", "modified": day, "fixed": "1.2.1"}}},
	})
	entry("GO-2026-9001", "example.com/paper", function, m{"fixed": "1.2.1"})
	entry("GO-2026-9002", "example.com/ink", "Spill")
	return "file://" + dir
}

func (s *stack) scan(o build.ScanOptions) stacktest.Result {
	s.T.Helper()
	return s.Run(func(ctx context.Context, w *app.Run) error { return build.Scan(ctx, w, o) })
}

func TestAVulnerabilityThatIsCalledFailsTheScan(t *testing.T) {
	scribeStack(t, scribe).checked().scan(build.ScanOptions{}).Want(t, failure.Unexpected).Says(t,
		"scanning apps/scribe with govulncheck\n",
		"GO-2026-9001",
		"Fixed in: example.com/paper@v1.2.1",
		"main.go:10",
		"scribe: vulnerable; apps/scribe by govulncheck\n",
		"Error: govulncheck exited with code 3 for apps/scribe\n  → what it found stands above")
}

func TestAVulnerabilityThatIsNotCalledPassesTheScan(t *testing.T) {
	s := scribeStack(t, scribe).checked()
	s.Env = append(s.Env, "GOVULNDB="+vulnerabilities(t, "Crease"))
	got := s.scan(build.ScanOptions{}).Want(t, failure.OK)
	if !strings.HasSuffix(got.Out, "scribe: clean; apps/scribe by govulncheck\n") {
		t.Error(got.All())
	}
	doc := s.scans(failure.OK)
	if !doc.OK || doc.Images[0].State != "clean" || !strings.Contains(string(doc.Images[0].Scans[0].Report), "GO-2026-9001") {
		t.Errorf("got %+v", doc)
	}
}

// scansDocument is what these tests read of build:scan -json.
type scansDocument struct {
	OK       bool
	ExitCode int `json:"exit_code"`
	Error    string
	Images   []struct {
		Name, State string
		Scans       []struct {
			Scanner, Of string
			ExitCode    int `json:"exit_code"`
			Report      json.RawMessage
		}
	}
}

// scans is the document of build:scan -json, which its schema knows.
func (s *stack) scans(code failure.Code) (doc scansDocument) {
	s.T.Helper()
	got := s.scan(build.ScanOptions{JSON: true}).Want(s.T, code)
	schematest.Validate(s.T, "buildscan", []byte(got.Out))
	if err := json.Unmarshal([]byte(got.Out), &doc); err != nil {
		s.T.Fatalf("%v\n%s", err, got.Out)
	}
	if doc.ExitCode != int(code) || doc.OK != (code == failure.OK) {
		s.T.Errorf("exit code %d\n%s", code, got.Out)
	}
	return doc
}

func TestImagesOfOneModuleShareItsScan(t *testing.T) {
	s := scribeStack(t, scribe+`
  other:
    image: sbtest-scribe-other
    build: {context: .., dockerfile: apps/scribe/Dockerfile, args: {A: "1"}}
`).checked()
	doc := s.scans(failure.Unexpected)
	if len(doc.Images) != 2 || len(doc.Images[1].Scans) != 1 || doc.Images[0].State != "vulnerable" || doc.Images[1].Scans[0].ExitCode != 3 ||
		!strings.Contains(string(doc.Images[1].Scans[0].Report), "GO-2026-9001") {
		t.Errorf("got %+v", doc)
	}
	got := s.scan(build.ScanOptions{}).Want(t, failure.Unexpected)
	if n := strings.Count(got.Err, "scanning apps/scribe"); n != 1 {
		t.Errorf("%d scans of one module\n%s", n, got.Err)
	}
}

func TestADatabaseThatDoesNotAnswerIsNoCleanScan(t *testing.T) {
	s := scribeStack(t, scribe).checked()
	for _, address := range []string{"https://127.0.0.1:1", "file://" + filepath.Join(t.TempDir(), "none"), "none"} {
		s.Env = append(s.Env, "GOVULNDB="+address)
		s.scan(build.ScanOptions{}).Want(t, failure.Unexpected).Says(t, "Error: govulncheck exited with code ")
		if doc := s.scans(failure.Unexpected); doc.Images[0].Scans[0].ExitCode == 0 {
			t.Errorf("got %+v", doc)
		}
	}
}

func TestAModuleThatDoesNotCompileIsToldWithItsLine(t *testing.T) {
	s := scribeStack(t, scribe).checked()
	s.File("apps/scribe/main.go", "package main\n\nfunc main() { fold() }\n")
	s.scan(build.ScanOptions{}).Want(t, failure.Unexpected).Says(t, "main.go:3:15: undefined: fold")
}

// A stand-in has the engine's image, and its exit code and its JSON are handed
// on. grype is taken before trivy, and both before govulncheck.
func TestTheFirstScannerThatIsInstalledScansTheImage(t *testing.T) {
	s := scribeStack(t, strings.ReplaceAll(scribe, "sbtest-scribe", "sbtest-first"))
	const report = inEngine + `shift; echo "{\"arguments\": \"$*\"}"; exit `
	s.tools(map[string]string{"grype": report + "2", "trivy": "exit 8", "govulncheck": "exit 8"})
	s.Shows("build:scan before build:all", s.scan(build.ScanOptions{}))
	s.buildAll("sbtest-first")
	s.Shows("build:scan by grype", s.scan(build.ScanOptions{}))
	doc := s.scans(failure.Unexpected)
	if one := doc.Images[0].Scans[0]; one.Scanner != "grype" || one.ExitCode != 2 || !strings.Contains(string(one.Report), "--fail-on high -o json") {
		t.Errorf("got %+v", doc)
	}
	s.tools(map[string]string{"grype": report + "0"})
	if doc := s.scans(failure.OK); doc.Images[0].State != "clean" {
		t.Errorf("got %+v", doc)
	}
	s.tools(map[string]string{"grype": "echo no JSON"})
	if doc := s.scans(failure.Unexpected); doc.Error != "read output of grype: it is no JSON" || len(doc.Images) > 0 {
		t.Errorf("got %+v", doc)
	}
	s.tools(map[string]string{"trivy": "echo \"$*\""})
	s.Shows("build:scan by trivy", s.scan(build.ScanOptions{}))
}

// A scanner of the user's own gets the image's name in its argument, no shell,
// and the repository's root; its exit code decides.
func TestTheCommandOfAServiceScansItAndItsExitCodeDecides(t *testing.T) {
	s := scribeStack(t, scribe+`
    x-spellbook: {scan: [./bin/scanner, "$$HOME $$(id) ;", 7]}
`)
	path := s.File("bin/scanner", "#!/bin/sh\necho \"in $PWD: $*\"\nexit $2\n")
	if err := os.Chmod(path, 0o755); err != nil {
		t.Fatal(err)
	}
	s.Shows("build:scan", s.scan(build.ScanOptions{}))
	s.Write(scribe + `
    x-spellbook: {scan: [./bin/scanner, fine, 0]}
`)
	s.Shows("build:scan where it finds nothing", s.scan(build.ScanOptions{}))
}

func TestACommandThatWantsTheImageGetsTheOneWithTheKey(t *testing.T) {
	s := scribeStack(t, `
  scribe:
    image: `+"sbtest-scan"+`
    build: {context: ../apps/scribe, dockerfile_inline: "FROM scratch\nCOPY go.mod /"}
    x-spellbook: {scan: [docker, image, inspect, --format, "id={{.Id}}", "$${IMAGE}"]}
`)
	s.Shows("build:scan before build:all", s.scan(build.ScanOptions{}))
	s.buildAll("sbtest-scan")
	id := strings.TrimSpace(stacktest.Docker(t, "image", "inspect", "--format", "id={{.Id}}", "sbtest-scan"))
	s.scan(build.ScanOptions{}).Want(t, failure.OK).Says(t, id)
}

func TestWhatNobodyCanScanIsNoCleanScan(t *testing.T) {
	const page = `
  page:
    image: sbtest-page
    build: {context: ../page, dockerfile_inline: "FROM scratch\nCOPY . /"}
`
	s := newStack(t, page)
	s.tools(map[string]string{"govulncheck": ""}) // which does not know it
	s.File("page/package.json", `{"name":"page","dependencies":{"a":"^1"}}`)
	s.Shows("build:scan", s.scan(build.ScanOptions{}))
	if doc := s.scans(failure.Preflight); doc.Error != "not scanned: page" || doc.Images[0].State != "not scanned" {
		t.Errorf("got %+v", doc)
	}
	s.Write(page + "    x-spellbook: {scan: false}\n")
	s.Shows("scan: false", s.scan(build.ScanOptions{}))
	s.Write(page + "    x-spellbook: {scan: trivy}\n")
	s.Shows("scan: trivy", s.scan(build.ScanOptions{}))
	s.Write(page + "    x-spellbook: {scan: [sbtest-no-such-scanner]}\n")
	s.Shows("scan: [sbtest-no-such-scanner]", s.scan(build.ScanOptions{}))
}
