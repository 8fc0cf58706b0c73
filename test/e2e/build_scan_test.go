package e2e_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/workflow"
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
		s.file(name, text)
	}
	s.env = append(s.env, "GOVULNDB="+vulnerabilities(t, "Fold"), "GOFLAGS=", "GOWORK=off")
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

func (s *stack) scan(o workflow.BuildScanOptions) result {
	s.t.Helper()
	return s.run(func(ctx context.Context, w *workflow.Workflow) error { return w.BuildScan(ctx, o) })
}

func TestAVulnerabilityThatIsCalledFailsTheScanAndSaysWhatToDo(t *testing.T) {
	got := scribeStack(t, scribe).scan(workflow.BuildScanOptions{}).want(t, failure.Unexpected)
	for _, want := range []string{
		"scanning apps/scribe with govulncheck ",
		"GO-2026-9001   example.com/paper  v1.2.0  v1.2.1      called    Invented in example.com/paper",
		"scribe.write (main.go:10) → paper.Fold",
		"GO-2026-9002   example.com/ink    v0.3.0  no version  imported  Invented in example.com/ink",
		"scribe: vulnerable; apps/scribe by govulncheck v1.9.0",
		": 1 called, 1 not",
		"Error: the code calls what is vulnerable: GO-2026-9001\n  → go -C apps/scribe get example.com/paper@v1.2.1",
	} {
		if !strings.Contains(got.all(), want) {
			t.Errorf("missing %q in\n%s", want, got.all())
		}
	}
}

func TestAVulnerabilityThatIsNotCalledPassesTheScan(t *testing.T) {
	s := scribeStack(t, scribe)
	s.env = append(s.env, "GOVULNDB="+vulnerabilities(t, "Crease"))
	got := s.scan(workflow.BuildScanOptions{}).want(t, failure.OK)
	if !strings.Contains(got.out, "scribe: clean; apps/scribe by govulncheck") || !strings.Contains(got.out, ": 0 called, 2 not") {
		t.Error(got.all())
	}
}

func TestImagesOfOneModuleShareItsScan(t *testing.T) {
	s := scribeStack(t, scribe+`
  other:
    image: sbtest-scribe-other
    build: {context: .., dockerfile: apps/scribe/Dockerfile, args: {A: "1"}}
`)
	got := s.scan(workflow.BuildScanOptions{JSON: true}).want(t, failure.Unexpected)
	var doc struct {
		OK       bool
		ExitCode int `json:"exit_code"`
		Error    string
		Images   []struct {
			Name, State string
			Scans       []struct {
				Of       string
				Findings []struct{ ID, Module, Found, Fixed, Use, Trace string }
			}
		}
	}
	if err := json.Unmarshal([]byte(got.out), &doc); err != nil {
		t.Fatalf("%v\n%s", err, got.out)
	}
	if doc.OK || doc.ExitCode != 1 || len(doc.Images) != 2 || len(doc.Images[1].Scans) != 1 || len(doc.Images[1].Scans[0].Findings) != 2 ||
		doc.Images[0].State != "vulnerable" || doc.Images[0].Scans[0].Findings[0].Use != "called" {
		t.Errorf("got %s", got.out)
	}
	if n := strings.Count(got.err, "scanning apps/scribe"); n != 1 {
		t.Errorf("%d scans of one module\n%s", n, got.err)
	}
}

func TestADatabaseThatDoesNotAnswerIsOneErrorWithARemedy(t *testing.T) {
	s := scribeStack(t, scribe)
	for _, address := range []string{"https://127.0.0.1:1", "file://" + filepath.Join(t.TempDir(), "none"), "none"} {
		s.env = append(s.env, "GOVULNDB="+address)
		got := s.scan(workflow.BuildScanOptions{}).want(t, failure.Preflight)
		if !strings.Contains(got.all(), "Error: what GOVULNDB names is no vulnerability database, or does not answer\n") || !strings.Contains(got.all(), "→ GOVULNDB=https://vuln.go.dev, or file:///") {
			t.Error(got.all())
		}
	}
}

func TestAModuleThatDoesNotCompileIsOneErrorWithItsLine(t *testing.T) {
	s := scribeStack(t, scribe)
	s.file("apps/scribe/main.go", "package main\n\nfunc main() { fold() }\n")
	got := s.scan(workflow.BuildScanOptions{}).want(t, failure.Preflight)
	if !strings.Contains(got.all(), "the packages of apps/scribe cannot be loaded") || !strings.Contains(got.all(), "main.go:3:15: undefined: fold") {
		t.Error(got.all())
	}
}

// A scanner of the user's own gets the image's name in its argument, no shell,
// and the repository's root; its exit code decides.
func TestTheCommandOfAServiceScansItAndItsExitCodeDecides(t *testing.T) {
	s := scribeStack(t, scribe+`
    x-spellbook: {scan: [./bin/scanner, "$$HOME $$(id) ;", 7]}
`)
	path := s.file("bin/scanner", "#!/bin/sh\necho \"in $PWD: $*\"\nexit $2\n")
	if err := os.Chmod(path, 0o755); err != nil {
		t.Fatal(err)
	}
	got := s.scan(workflow.BuildScanOptions{}).want(t, failure.Unexpected)
	if !strings.Contains(got.out, "in "+s.dir+": $HOME $(id) ; 7\n") || !strings.Contains(got.all(), "Error: ./bin/scanner exited with code 7 for scribe") {
		t.Error(got.all())
	}
	s.write(scribe + `
    x-spellbook: {scan: [./bin/scanner, fine, 0]}
`)
	if got := s.scan(workflow.BuildScanOptions{}).want(t, failure.OK); !strings.Contains(got.out, "scribe: clean; scribe by ./bin/scanner") {
		t.Error(got.all())
	}
}

func TestACommandThatWantsTheImageGetsTheOneWithTheKey(t *testing.T) {
	s := scribeStack(t, `
  scribe:
    image: `+"sbtest-scan"+`
    build: {context: ../apps/scribe, dockerfile_inline: "FROM scratch\nCOPY go.mod /"}
    x-spellbook: {scan: [docker, image, inspect, --format, "id={{.Id}}", "$${IMAGE}"]}
`)
	got := s.scan(workflow.BuildScanOptions{}).want(t, failure.Preflight)
	if !strings.Contains(got.all(), "image sbtest-scan:") || !strings.Contains(got.all(), "→ mage build:backend -services=scribe") {
		t.Fatal(got.all())
	}
	t.Cleanup(func() { removeImages(t, "sbtest-scan") })
	s.run(func(ctx context.Context, w *workflow.Workflow) error {
		return w.Build(ctx, workflow.BuildOptions{All: true})
	}).want(t, failure.OK)
	got = s.scan(workflow.BuildScanOptions{}).want(t, failure.OK)
	if id := strings.TrimSpace(cli(t, "image", "inspect", "--format", "id={{.Id}}", "sbtest-scan")); !strings.Contains(got.out, id) {
		t.Errorf("want %s in\n%s", id, got.all())
	}
}

// removeImages takes away all images of a repository.
func removeImages(t *testing.T, repository string) {
	out, _ := exec.Command("docker", "image", "ls", "-q", "--no-trunc", repository).Output()
	for _, id := range strings.Fields(string(out)) {
		_ = exec.Command("docker", "image", "rm", "-f", id).Run()
	}
}

func TestWhatNobodyCanScanIsNoCleanScan(t *testing.T) {
	const page = `
  page:
    image: sbtest-page
    build: {context: ../page, dockerfile_inline: "FROM scratch\nCOPY . /"}
`
	s := newStack(t, page)
	s.file("page/package.json", `{"name":"page","dependencies":{"a":"^1"}}`)
	got := s.scan(workflow.BuildScanOptions{}).want(t, failure.Preflight)
	if !strings.Contains(got.all(), "page: not scanned; nobody looked at page/package.json") || !strings.Contains(got.all(), "Error: not scanned: page\n  → name a scanner in the Compose file, x-spellbook: {scan: [") {
		t.Error(got.all())
	}
	s.write(page + "    x-spellbook: {scan: false}\n")
	if got := s.scan(workflow.BuildScanOptions{}).want(t, failure.OK); got.out != "page: off\n" {
		t.Error(got.all())
	}
	s.write(page + "    x-spellbook: {scan: trivy}\n")
	if got := s.scan(workflow.BuildScanOptions{}).want(t, failure.Preflight); !strings.Contains(got.all(), "service page: x-spellbook.scan is no list of words") {
		t.Error(got.all())
	}
	s.write(page + "    x-spellbook: {scan: [sbtest-no-such-scanner]}\n")
	if got := s.scan(workflow.BuildScanOptions{}).want(t, failure.Preflight); !strings.Contains(got.all(), "scanner sbtest-no-such-scanner of service page is not installed") {
		t.Error(got.all())
	}
}
