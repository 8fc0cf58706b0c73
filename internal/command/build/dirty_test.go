package build

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/buildcontext"
	"github.com/infinitescribe/spellbook/internal/image"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// committed is a repository with one build, all committed; git runs in it.
func committed(t *testing.T) (b *Operation, one plan.Build, git func(args ...string) string) {
	t.Helper()
	one = plan.Build{Name: "app", Context: t.TempDir()}
	one.Dockerfile = filepath.Join(one.Context, "Dockerfile")
	if err := os.WriteFile(one.Dockerfile, []byte("FROM scratch\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	git = func(args ...string) string {
		t.Helper()
		out, err := exec.Command("git", append([]string{"-C", one.Context, "-c", "user.name=x", "-c", "user.email=x@example.org"}, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	git("init", "--quiet")
	git("add", ".")
	git("commit", "--quiet", "-m", "first")
	b = &Operation{Session: &load.Session{Run: &app.Run{Environ: os.Environ(), Err: io.Discard}}, Records: map[string]image.Record{"app": {Key: "KEY"}},
		inputs: map[string]observe.BuildInputs{"app": {Trees: map[string]buildcontext.Tree{"": {Files: []buildcontext.File{{Path: "Dockerfile"}}}}}}}
	return b, one, git
}

func TestAHookOfGitDoesNotHideTheCommit(t *testing.T) {
	b, one, git := committed(t)
	b.Run.Environ = append(b.Run.Environ, "GIT_DIR="+filepath.Join(t.TempDir(), ".git"), "GIT_INDEX_FILE=.git/index")
	if got := b.commit(t.Context(), one).revision; got != git("rev-parse", "HEAD") {
		t.Errorf("revision %q", got)
	}
}

func TestWhatGitCannotCompareIsNotCalledCommitted(t *testing.T) {
	b, one, git := committed(t)
	if err := os.WriteFile(filepath.Join(one.Context, ".git", "index"), []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := b.commit(t.Context(), one).revision; got != git("rev-parse", "HEAD")+"-dirty-KEY" {
		t.Errorf("revision %q", got)
	}
}

func TestADockerfileBehindALinkIsDirtyAsWell(t *testing.T) {
	b, one, _ := committed(t)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(one.Context, link); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(one.Dockerfile, []byte("FROM scratch\nUSER 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	one.Context, one.Dockerfile = link, filepath.Join(link, "Dockerfile")
	b.inputs = map[string]observe.BuildInputs{} // .dockerignore leaves it out
	if got := b.commit(t.Context(), one).revision; !strings.HasSuffix(got, "-dirty-KEY") {
		t.Errorf("revision %q", got)
	}
}

func TestABaseThatNoRegistryConfirmsIsToldOf(t *testing.T) {
	var said strings.Builder
	b := &Operation{Session: &load.Session{Run: &app.Run{Err: &said}}, Chosen: []plan.Build{{Name: "app", Tags: []string{"app:latest"}}},
		inputs: map[string]observe.BuildInputs{"app": {Bases: []observe.BaseDigest{{BaseRef: observe.BaseRef{Ref: "a:1"}, Digest: "sha256:aa", Source: observe.BaseRegistry},
			{BaseRef: observe.BaseRef{Ref: "b:1"}, Digest: "sha256:bb", Source: observe.BaseRemembered}}}}}
	b.warnBases()
	if got := said.String(); !strings.Contains(got, "what b:1 is now") || strings.Contains(got, "a:1") {
		t.Errorf("it says %q", got)
	}
}
