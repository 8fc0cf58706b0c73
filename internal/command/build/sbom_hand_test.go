package build

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report/schematest"
)

// unpulled is a builder that does not get its scanner.
const unpulled = "ERROR: failed to solve: docker/buildkit-syft-scanner:stable-1: what the builder says\n"

func TestWithoutAScannerAnSBOMIsOfWhatIsAtHand(t *testing.T) {
	t.Parallel()
	r, e, _ := built(t)
	e.Snapshotter = true
	call := commandtest.Call{Args: "buildx bake * page --set page.output=type=tar,dest=-", Exit: 1, Err: unpulled}
	r.Tool("docker", call)
	page := SBOMOptions{Services: []string{"page"}}
	const says = "build demo-page: no attestation from BuildKit: docker/buildkit-syft-scanner:stable-1: what the builder says"
	r.Run(sbomCall(page)).Want(t, failure.Preflight, says+"\n  → ")
	t.Log("a tool of the user's")
	r.Tool("syft", commandtest.Call{Args: "docker:demo-page:* -o spdx-json", Out: spdx})
	if x := r.Run(sbomCall(page)).Want(t, failure.OK, "warning: "+says+"; syft looks into the image instead\n", ": 2 packages from syft\n"); x.Out != spdx {
		t.Errorf("got\n%s", x)
	}
	r.Tool("syft", commandtest.Call{Args: "docker:demo-page:* -o spdx-json", Exit: 1})
	x := r.Run(sbomCall(page)).Want(t, failure.Unexpected, "syft exited with code 1\n  → what syft said stands above")
	if strings.Contains(x.Err, "-tool=syft") {
		t.Errorf("what failed is told as the way out\n%s", x)
	}
	if e.Done() != "" {
		t.Errorf("the engine was told %s", e.Done())
	}
}

func TestWithoutAToolTheGoProgramsOfAnImageSayWhatTheyAreMadeFrom(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "program")
	cmd := exec.Command("go", "build", "-o", program, "../../sbom/testdata/program")
	cmd.Env = append(os.Environ(), "GOOS=linux", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	text, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	r, e, _ := built(t)
	r.Write("export.tar", archive(t, 0o755, "program", string(text)).String())
	script := "if grep -q '\"attest\"' stdin-0; then echo '" + strings.TrimSpace(unpulled) + "' >&2; exit 1; fi; cat '" + r.Dir + "/export.tar'"
	docker := r.Tool("docker", commandtest.Call{Args: "buildx bake * page --set page.output=type=tar,dest=-", Script: script})
	for _, snapshotter := range []bool{false, true} {
		e.Snapshotter = snapshotter
		why := map[bool]string{false: "an SBOM needs syft or trivy, which is not installed", true: "no attestation from BuildKit: docker/buildkit-syft-scanner"}[snapshotter]
		x := r.Run(sbomCall(SBOMOptions{Services: []string{"page"}, JSON: true})).Want(t, failure.OK, `"source": "Go's build information"`, `"stdlib"`,
			"warning: ", why, "only what Go programs say of themselves is listed")
		schematest.Validate(t, "buildsbom", []byte(x.Out))
		again := r.Run(sbomCall(SBOMOptions{Services: []string{"page"}, JSON: true}))
		if again.Out != x.Out || e.Done() != "" {
			t.Errorf("the same image is another\n%s\n%s", x.Out, again.Out)
		}
	}
	r.Run(sbomCall(SBOMOptions{Services: []string{"page"}, Tool: "syft"})).Want(t, failure.Preflight, "an SBOM needs syft, which is not installed")
	r.Write("export.tar", archive(t, 0o755, "program", "#!/bin/sh\n").String())
	r.Run(sbomCall(SBOMOptions{Services: []string{"page"}})).Want(t, failure.Preflight, "no attestation from BuildKit")
	if n := strings.Count(docker.Calls(), "bake"); n == 0 {
		t.Error("the builder was not asked")
	}
}
