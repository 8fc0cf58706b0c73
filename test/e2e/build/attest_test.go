package build_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/build"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// bill is what these tests read of an SPDX document.
type bill struct {
	Packages []struct{ Name, VersionInfo string }
}

func (b bill) holds(name string) bool {
	return slices.ContainsFunc(b.Packages, func(p struct{ Name, VersionInfo string }) bool { return p.Name == name })
}

// newAttestedStack has an image with a Go program and Debian packages in it.
func newAttestedStack(t *testing.T) *builderStack {
	t.Helper()
	s := newBuilderStack(t, labBuilder(t), "FROM BASE AS base\nFROM scratch\nCOPY --from=base /var/lib/dpkg/status /var/lib/dpkg/status\nCOPY program /program\n", "")
	s.section("provenance: false\nsbom: generator=" + s.builder.scanner(t))
	cmd := exec.Command("go", "build", "-buildvcs=false", "-o", filepath.Join(s.Dir, "apps/backend/program"), "./scripts/lab/scanner")
	cmd.Dir, cmd.Env = stacktest.Root(t), append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return s
}

func TestTheSBOMIsBuildKitsAttestationWhereTheBuilderCan(t *testing.T) {
	t.Parallel()
	s := newAttestedStack(t)
	out := filepath.Join(s.Dir, "app.spdx.json")
	r := s.Run(func(ctx context.Context, w *app.Run) error {
		return build.SBOM(ctx, w, build.SBOMOptions{Services: []string{"app"}, Out: out})
	}).Want(t, failure.OK)
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var doc bill
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	if !doc.holds("github.com/spdx/tools-golang") || !doc.holds("libc6") || !strings.Contains(r.All(), "attestation") {
		t.Errorf("%d packages\n%s", len(doc.Packages), r.All())
	}
}

func TestAPushedImageCarriesItsSBOM(t *testing.T) {
	t.Parallel()
	s := newAttestedStack(t)
	ref := s.builder.Registry + "/" + s.Image + ":attested"
	file := s.File("bake.json", `{"target": {"app": {"context": "`+filepath.Join(s.Dir, "apps/backend")+`", "tags": ["`+ref+`"], "output": ["type=registry"],
		"attest": ["type=sbom,generator=`+s.builder.scanner(t)+`"]}}}`)
	s.builder.buildx(t, "bake", "-f", file, "--allow", "fs.read="+s.Dir, "app")
	var sbom struct{ SPDX bill }
	s.builder.inspect(t, ref, "SBOM", &sbom)
	if !sbom.SPDX.holds("github.com/spdx/tools-golang") || !sbom.SPDX.holds("libc6") {
		t.Errorf("the registry's SBOM has %d packages", len(sbom.SPDX.Packages))
	}
}

// askAgent is a client of ssh-agent in the Perl that Debian's base brings: it
// asks for the identities (message 11) and writes the answer.
const askAgent = `use IO::Socket::UNIX;
my $s = IO::Socket::UNIX->new(Peer => $ENV{SSH_AUTH_SOCK}) or die "no agent: $!";
print $s pack("NC", 1, 11);
read $s, my $size, 4; read $s, my $answer, unpack("N", $size);
open my $out, ">", "/identities"; print $out $answer;
`

func TestABuildReachesTheUsersSSHAgent(t *testing.T) {
	t.Parallel()
	s := newBuilderStack(t, labBuilder(t), "FROM BASE AS build\nCOPY ask.pl /ask.pl\nRUN --mount=type=ssh perl /ask.pl\nFROM scratch\nCOPY --from=build /identities /identities\n",
		"ssh: [default]")
	s.File("apps/backend/ask.pl", askAgent)
	s.Env = append(s.Env, "SSH_AUTH_SOCK="+agent(t, "the-key-of-this-test"))
	s.build(build.Options{})
	if answer := s.content("/identities"); !strings.Contains(answer, "the-key-of-this-test") {
		t.Errorf("the agent answered %q", answer)
	}
}

// agent runs a real ssh-agent with one key, and returns its socket.
func agent(t *testing.T, comment string) string {
	t.Helper()
	dir := t.TempDir()
	socket, key := filepath.Join(dir, "agent"), filepath.Join(dir, "key")
	cmd := exec.Command("ssh-agent", "-D", "-a", socket)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	stacktest.Eventually(t, "ssh-agent listens", func() bool { _, err := os.Stat(socket); return err == nil })
	for _, argv := range [][]string{{"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", key}, {"ssh-add", "-q", key}} {
		step := exec.Command(argv[0], argv[1:]...)
		step.Env = append(os.Environ(), "SSH_AUTH_SOCK="+socket)
		if out, err := step.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", argv[0], err, out)
		}
	}
	return socket
}
