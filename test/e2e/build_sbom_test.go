package e2e_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/sbom"
	"github.com/infinitescribe/spellbook/internal/workflow"
)

func (s *stack) sbom(o workflow.BuildSBOMOptions) result {
	s.t.Helper()
	return s.run(func(ctx context.Context, w *workflow.Workflow) error { return w.BuildSBOM(ctx, o) })
}

// page is an image of JavaScript, and scribe one of Go.
const page = `
  page:
    image: sbtest-page
    build: {context: ../page, dockerfile_inline: "FROM scratch\nCOPY . /"}
`

// purls are the package URLs of a document that the library reads and whose
// relationships lead somewhere.
func purls(t *testing.T, text []byte) string {
	t.Helper()
	doc, err := sbom.Read(text)
	if err == nil {
		err = sbom.Check(doc)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	var list []string
	for _, p := range doc.Packages {
		for _, ref := range p.PackageExternalReferences {
			list = append(list, ref.Locator)
		}
	}
	return strings.Join(list, "\n")
}

func TestTheDocumentOfOneImageGoesToStandardOutput(t *testing.T) {
	s := scribeStack(t, scribe)
	got := s.sbom(workflow.BuildSBOMOptions{}).want(t, failure.OK)
	list := purls(t, []byte(got.out))
	for _, want := range []string{"pkg:docker/sbtest-scribe@", "pkg:golang/example.com/scribe\n", "pkg:golang/example.com/ink@v0.3.0", "pkg:golang/example.com/paper@v1.2.0"} {
		if !strings.Contains(list, want) {
			t.Errorf("no %s in\n%s", want, list)
		}
	}
	if !strings.Contains(got.out, "5b9aae657fc6fdcb2352") { // go.sum has it in base64
		t.Errorf("no checksum in\n%s", got.out)
	}
	if !strings.HasPrefix(got.err, "sbtest-scribe:") || !strings.HasSuffix(got.err, ": 2 packages from go.mod of apps/scribe\n") {
		t.Errorf("got %q", got.err)
	}
}

func TestTheSameCommitGivesTheSameDocument(t *testing.T) {
	s := scribeStack(t, scribe)
	for _, args := range [][]string{{"init", "-q"}, {"add", "-A"}, {"-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q", "-m", "a", "--date", "2026-01-02T03:04:05Z"}} {
		s.env = append(s.env, "GIT_COMMITTER_DATE=2026-01-02T03:04:05Z")
		if code, out := s.exec("git", args...); code != 0 {
			t.Fatal(out)
		}
	}
	first, second := s.sbom(workflow.BuildSBOMOptions{}).want(t, failure.OK), s.sbom(workflow.BuildSBOMOptions{}).want(t, failure.OK)
	if first.out != second.out || !strings.Contains(first.out, `"created": "2026-01-02T03:04:05Z"`) {
		t.Errorf("first\n%s\nthen\n%s", first.out, second.out)
	}
}

func TestSeveralDocumentsWantADirectory(t *testing.T) {
	s := scribeStack(t, scribe+page)
	s.file("page/package-lock.json", `{"name":"page","version":"1.0.0","packages":{"node_modules/left-pad":{"version":"1.3.0","integrity":"sha512-AP8="}}}`)
	for _, out := range []string{"", "one.json"} {
		got := s.sbom(workflow.BuildSBOMOptions{Out: out}).want(t, failure.Usage)
		if got.out != "" || !strings.Contains(got.all(), "these are 2 documents: page, scribe\n  → -out=DIR for all of them, or -services=page for one") {
			t.Error(got.all())
		}
	}
	got := s.sbom(workflow.BuildSBOMOptions{Out: "bills/of material"}).want(t, failure.OK)
	for name, want := range map[string]string{"page": "pkg:npm/left-pad@1.3.0", "scribe": "pkg:golang/example.com/ink@v0.3.0"} {
		file := "bills/of material/" + name + ".spdx.json"
		text, err := os.ReadFile(filepath.Join(s.dir, file))
		if err != nil || !strings.Contains(purls(t, text), want) || !strings.Contains(got.err, ", in "+file+"\n") {
			t.Errorf("%s: %v\n%s", file, err, got.err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(s.dir, "bills/of material/.*")); len(left) > 0 || got.out != "" {
		t.Errorf("left over: %v, said: %s", left, got.out)
	}
	got = s.sbom(workflow.BuildSBOMOptions{Services: []string{"page"}, Out: "one.json"}).want(t, failure.OK)
	if text, err := os.ReadFile(filepath.Join(s.dir, "one.json")); err != nil || !strings.Contains(purls(t, text), "pkg:npm/page@1.0.0") {
		t.Errorf("%v\n%s", err, got.all())
	}
}

func TestAsJSONTheDocumentsComeInOne(t *testing.T) {
	s := scribeStack(t, scribe+page)
	s.file("page/package.json", `{"name":"page"}`)
	got := s.sbom(workflow.BuildSBOMOptions{JSON: true}).want(t, failure.OK)
	var doc struct {
		Project string
		Images  []struct {
			Name, Source string
			Packages     int
			Document     json.RawMessage
		}
	}
	if err := json.Unmarshal([]byte(got.out), &doc); err != nil {
		t.Fatalf("%v\n%s", err, got.out)
	}
	if doc.Project != s.name || len(doc.Images) != 2 || doc.Images[1].Name != "scribe" || doc.Images[1].Source != "go.mod of apps/scribe" || doc.Images[1].Packages != 2 {
		t.Error(got.out)
	}
	purls(t, doc.Images[1].Document)
}

func TestAnImageOfSeveralPlatformsIsListedAsWell(t *testing.T) {
	s := scribeStack(t, strings.Replace(scribe, "dockerfile: apps/scribe/Dockerfile", "dockerfile: apps/scribe/Dockerfile, platforms: [linux/amd64, linux/arm64]", 1))
	if got := s.sbom(workflow.BuildSBOMOptions{}).want(t, failure.OK); !strings.Contains(purls(t, []byte(got.out)), "example.com/paper@v1.2.0") {
		t.Error(got.all())
	}
}

func TestNothingIsWrittenWhereOneImageCannotBeListed(t *testing.T) {
	s := scribeStack(t, scribe+page)
	s.file("page/index.html", "<p>")
	got := s.sbom(workflow.BuildSBOMOptions{Out: "bills"}).want(t, failure.Preflight)
	if _, err := os.Stat(filepath.Join(s.dir, "bills")); !os.IsNotExist(err) || !strings.Contains(got.all(), "-page: its Dockerfile copies no manifest that could be read\n  → choose others by -services") {
		t.Errorf("%v\n%s", err, got.all())
	}
	s.file("page/package.json", "{")
	if got := s.sbom(workflow.BuildSBOMOptions{Out: "bills"}).want(t, failure.Preflight); !strings.Contains(got.all(), "read page/package.json: ") {
		t.Error(got.all())
	}
}

// A program in the image knows what was linked into it; go.mod, what might be.
func TestAnImageThatIsBuiltIsAskedForItsPrograms(t *testing.T) {
	const name = "sbtest-programs"
	s := scribeStack(t, strings.ReplaceAll(scribe, "sbtest-scribe", name))
	s.file("apps/scribe/Dockerfile", "FROM scratch\nCOPY apps/scribe/go.mod ./\nCOPY apps/scribe/scribe ./bin/\n")
	s.file("apps/scribe/main.go", "package main\n\nimport \"example.com/paper\"\n\nfunc main() { println(paper.Fold(\"a\")) }\n")
	s.env = append(s.env, "CGO_ENABLED=0")
	if code, out := s.exec("go", "build", "-C", filepath.Join(s.dir, "apps/scribe"), "-buildvcs=false", "-o", "scribe", "."); code != 0 {
		t.Fatal(out)
	}
	t.Cleanup(func() { removeImages(t, name) })
	s.run(func(ctx context.Context, w *workflow.Workflow) error {
		return w.Build(ctx, workflow.BuildOptions{All: true})
	}).want(t, failure.OK)
	got := s.sbom(workflow.BuildSBOMOptions{}).want(t, failure.OK)
	list := purls(t, []byte(got.out))
	if !strings.Contains(got.err, ": 2 packages from the build information of /bin/scribe\n") || !strings.Contains(list, "pkg:golang/stdlib@1.") ||
		!strings.Contains(list, "pkg:golang/example.com/paper@v1.2.0") || strings.Contains(list, "example.com/ink") {
		t.Errorf("%s\n%s", got.err, list)
	}
	if left := cli(t, "ps", "-aq", "--filter", "ancestor="+name); left != "" {
		t.Errorf("a container is left over: %s", left)
	}
	got = s.sbom(workflow.BuildSBOMOptions{Manifests: true}).want(t, failure.OK)
	if !strings.Contains(got.err, ": 2 packages from go.mod of apps/scribe\n") || !strings.Contains(purls(t, []byte(got.out)), "example.com/ink@v0.3.0") {
		t.Error(got.all())
	}
}
