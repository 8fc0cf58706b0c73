package sbom_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/command/build"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report/schematest"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// A builder of our days attests by a scanner that it pulls, which it cannot here; one
// of the classic store cannot attest. No tool is there either.
func TestTheGoProgramsOfAnImageAreListedWhereNothingElseCan(t *testing.T) {
	s := newStack(t, "\n  tool:\n    image: sbtest-tool\n    build: {context: ../tool, dockerfile_inline: \"FROM scratch\\nCOPY program /bin/\"}\n")
	s.tools(nil)
	s.Env = append(s.Env, "BUILDX_BUILDER=default")
	cmd := exec.Command("go", "build", "-buildvcs=false", "-o", filepath.Join(s.Dir, "tool/program"), "./scripts/lab/scanner")
	cmd.Dir, cmd.Env = stacktest.Root(t), append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	if got := s.sbom(build.SBOMOptions{}); got.Code == failure.OK {
		t.Errorf("before it is built\n%s", got.All())
	}
	s.buildAll("sbtest-tool")
	got := s.sbom(build.SBOMOptions{JSON: true}).Want(t, failure.OK)
	schematest.Validate(t, "buildsbom", []byte(got.Out))
	got.Says(t, "warning: ", "only what Go programs say of themselves is listed", "packages from Go's build information", `"pkg:golang/github.com/spdx/tools-golang@`)
	if again := s.sbom(build.SBOMOptions{JSON: true}); again.Out != got.Out {
		t.Error("the document is another each time")
	}
	s.tools(map[string]string{"syft": syft})
	if got := s.sbom(build.SBOMOptions{}).Want(t, failure.OK); got.Out != syftSays || !strings.Contains(got.Err, "from syft") {
		t.Error(got.All())
	}
}
