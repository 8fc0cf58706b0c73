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

func (s *stack) sbom(o build.SBOMOptions) stacktest.Result {
	s.T.Helper()
	return s.Run(func(ctx context.Context, w *app.Run) error { return build.SBOM(ctx, w, o) })
}

// page is an image of JavaScript, and scribe one of Go.
const page = `
  page:
    image: sbtest-page
    build: {context: ../page, dockerfile_inline: "FROM scratch\nCOPY . /"}
`

// syft is a stand-in whose document has the image's name, and two packages.
const syft = inEngine + `shift; echo "about to write" >&2; echo "{\"spdxVersion\": \"SPDX-2.3\", \"theirs\":\"$*\",  \"packages\":[{\"name\":\"a\"},{\"name\":\"b\"}]}"
`

const syftSays = `{"spdxVersion": "SPDX-2.3", "theirs":"-o spdx-json",  "packages":[{"name":"a"},{"name":"b"}]}` + "\n"

func TestTheDocumentOfOneImageGoesToStandardOutput(t *testing.T) {
	s := scribeStack(t, scribe)
	s.tools(map[string]string{"syft": syft, "trivy": "exit 8"})
	s.buildAll("sbtest-scribe")
	got := s.sbom(build.SBOMOptions{}).Want(t, failure.OK)
	if got.Out != syftSays {
		t.Errorf("it is not the tool's own, to the byte\n%s", got.Out)
	}
	s.Shows("build:sbom", s.unattested(got))
}

func TestTheSameCommitGivesTheSameDocument(t *testing.T) {
	s := scribeStack(t, scribe)
	s.tools(map[string]string{"syft": `echo "{\"spdxVersion\": \"SPDX-2.3\", \"name\":\"$1\"}"`})
	for _, args := range [][]string{{"init", "-q"}, {"add", "-A"}, {"-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q", "-m", "a"}} {
		if code, out := s.Exec("git", args...); code != 0 {
			t.Fatal(out)
		}
	}
	s.buildAll("sbtest-scribe")
	first, second := s.sbom(build.SBOMOptions{}).Want(t, failure.OK), s.sbom(build.SBOMOptions{}).Want(t, failure.OK)
	if first.Out != second.Out || !strings.Contains(first.Out, `"name":"docker:sbtest-scribe:`) {
		t.Errorf("first\n%s\nthen\n%s", first.Out, second.Out)
	}
}

func TestSeveralDocumentsWantADirectory(t *testing.T) {
	s := scribeStack(t, scribe+page)
	s.File("page/index.html", "<p>")
	s.tools(map[string]string{"syft": syft})
	s.buildAll("sbtest-scribe", "sbtest-page")
	for _, out := range []string{"", "one.json"} {
		s.Shows("build:sbom -out="+out, s.sbom(build.SBOMOptions{Out: out}))
	}
	bills := t.TempDir() // within the context of scribe it would change the key
	s.Hide(bills, "BILLS")
	s.Shows("build:sbom -out=DIR", s.unattested(s.sbom(build.SBOMOptions{Out: filepath.Join(bills, "of material")})))
	for _, name := range []string{"page", "scribe"} {
		text, err := os.ReadFile(filepath.Join(bills, "of material", name+".spdx.json"))
		if err != nil || string(text) != syftSays {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(bills, "of material/.*")); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
	s.Shows("build:sbom -services=page -out=one.json", s.unattested(s.sbom(build.SBOMOptions{Services: []string{"page"}, Out: "one.json"})))
	if text := s.Read("one.json"); text != syftSays {
		t.Errorf("got\n%s", text)
	}
}

func TestAsJSONTheDocumentsComeInOne(t *testing.T) {
	s := scribeStack(t, scribe+page)
	s.File("page/package.json", `{"name":"page"}`)
	s.tools(map[string]string{"syft": syft})
	s.buildAll("sbtest-scribe", "sbtest-page")
	got := s.sbom(build.SBOMOptions{JSON: true}).Want(t, failure.OK)
	schematest.Validate(t, "buildsbom", []byte(got.Out))
	var doc struct {
		Project string
		Images  []struct {
			Name, Source string
			Packages     int
			Document     struct{ Theirs string }
		}
	}
	if err := json.Unmarshal([]byte(got.Out), &doc); err != nil {
		t.Fatalf("%v\n%s", err, got.Out)
	}
	if doc.Project != s.Name || len(doc.Images) != 2 || doc.Images[1].Name != "scribe" || doc.Images[1].Source != "syft" || doc.Images[1].Packages != 2 ||
		doc.Images[1].Document.Theirs != "-o spdx-json" {
		t.Error(got.Out)
	}
	got = s.sbom(build.SBOMOptions{JSON: true, Out: t.TempDir()}).Want(t, failure.OK)
	schematest.Validate(t, "buildsbom", []byte(got.Out))
	if strings.Contains(got.Out, "SPDX-2.3") || strings.Count(got.Out, ".spdx.json") != 2 {
		t.Error(got.Out)
	}
}

func TestAnImageOfSeveralPlatformsIsListedAsWell(t *testing.T) {
	s := scribeStack(t, strings.Replace(scribe, "dockerfile: apps/scribe/Dockerfile", "dockerfile: apps/scribe/Dockerfile, platforms: [linux/amd64, linux/arm64]", 1))
	s.tools(map[string]string{"syft": syft})
	s.buildAll("sbtest-scribe")
	if got := s.sbom(build.SBOMOptions{}).Want(t, failure.OK); got.Out != syftSays {
		t.Error(got.All())
	}
}

func TestNothingIsWrittenWhereOneImageCannotBeListed(t *testing.T) {
	s := scribeStack(t, scribe+page)
	s.File("page/index.html", "<p>")
	s.tools(map[string]string{"syft": syft})
	s.buildAll("sbtest-scribe", "sbtest-page")
	bills := filepath.Join(t.TempDir(), "bills")
	unwritten := func(name string) {
		t.Helper()
		s.Shows(name, s.sbom(build.SBOMOptions{Out: bills}))
		if _, err := os.Stat(bills); !os.IsNotExist(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, c := range []struct{ name, script string }{
		{"syft fails", `case $1 in *scribe*) echo "no, not this" >&2; exit 4;; esac` + "\n" + syft},
		{"syft writes no JSON", "echo usage"},
		{"syft writes another document", "echo '{}'"},
	} {
		s.tools(map[string]string{"syft": c.script})
		unwritten(c.name)
	}
	s.File("page/index.html", "<p>anew")
	s.tools(map[string]string{"syft": syft})
	unwritten("an image is not of what the files say")
}

// One error says what to install, and with -json it is in the document.
func TestAnImageIsListedByTheToolThatIsInstalled(t *testing.T) {
	s := scribeStack(t, scribe)
	for _, tool := range []string{"", "trivy"} {
		text, got := s.sbom(build.SBOMOptions{Tool: tool}), s.sbom(build.SBOMOptions{Tool: tool, JSON: true})
		if tool == "" && s.attests() {
			text.Want(t, failure.Preflight).Says(t, "no attestation from BuildKit: ", "-tool=syft has your own syft look into the image instead")
			got.Want(t, failure.Preflight).Says(t, `"error": "build sbtest-scribe: no attestation from BuildKit: `)
		} else {
			s.Shows("build:sbom -tool="+tool, text)
			s.Shows("build:sbom -json -tool="+tool, got)
		}
		schematest.Validate(t, "buildsbom", []byte(got.Out))
	}
	s.Shows("build:sbom -tool=cat", s.sbom(build.SBOMOptions{Tool: "cat"}))
	s.tools(map[string]string{"trivy": `echo "{\"spdxVersion\": \"$*\"}"`})
	s.buildAll("sbtest-scribe")
	s.Shows("build:sbom by trivy", s.unattested(s.sbom(build.SBOMOptions{})))
}
