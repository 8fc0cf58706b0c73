package observe

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/plan"
)

// builtFrom are the inputs of a build of a Dockerfile that starts from a:1.
func (l *baseLab) builtFrom(b plan.Build) BuildInputs {
	l.Helper()
	b.Name, b.Services, b.Context = "app", []string{"app"}, l.TempDir()
	b.Dockerfile = filepath.Join(b.Context, "Dockerfile")
	if err := os.WriteFile(b.Dockerfile, []byte("FROM a:1\nCOPY . .\n"), 0o600); err != nil {
		l.Fatal(err)
	}
	found, err := Builds(l.Context(), l.engine, []plan.Build{b}, BuildOptions{Dir: l.TempDir(), Host: "linux/riscv64", Bases: l.o, Now: time.Now,
		Short: func(path string) string { return path }})
	if err != nil {
		l.Fatal(err)
	}
	return found["app"]
}

func TestABuildThatPullsStartsFromTheRegistrysImage(t *testing.T) {
	l := newBaseLab(t)
	l.registry.digests["a:1"] = "sha256:newer"
	if got := l.builtFrom(plan.Build{}).Bases[0]; got.Digest != "sha256:a1" {
		t.Errorf("without pull it is %+v", got)
	}
	if got := l.builtFrom(plan.Build{Pull: true}).Bases[0]; got.Digest != "sha256:newer" || got.Source != BaseRegistry {
		t.Errorf("with pull it is %+v", got)
	}
}

func TestABuildForAnotherPlatformStartsFromThatPlatformsImage(t *testing.T) {
	l := newBaseLab(t)
	l.registry.digests["a:1"] = "sha256:index"
	if got := l.builtFrom(plan.Build{Platforms: []string{"linux/riscv64"}}).Bases; len(got) != 1 || got[0].Digest != "sha256:a1" || got[0].Platform != "" {
		t.Errorf("for the builder's own it is %+v", got)
	}
	if got := l.builtFrom(plan.Build{Platforms: []string{"linux/arm64"}}).Bases; len(got) != 1 || got[0].Digest != "sha256:index" || got[0].Platform != "linux/arm64" {
		t.Errorf("for another it is %+v", got)
	}
}

func TestWhatMayChangeUnseenIsRemote(t *testing.T) {
	l := newBaseLab(t)
	pinned := "oci-layout:///images@sha256:aa"
	in := l.builtFrom(plan.Build{Contexts: map[string]string{"git": "git@git.example:team/x.git", "short": "github.com/team/x", "web": "https://x.example/x.tar",
		"layout": "oci-layout:///images:1", "pinned": pinned, "image": "docker-image://b:1", "linked": "target:other", "files": t.TempDir()}})
	want := []string{"git@git.example:team/x.git", "oci-layout:///images:1", "github.com/team/x", "https://x.example/x.tar"}
	if !slices.Equal(in.Remote, want) {
		t.Errorf("remote are %v, want %v", in.Remote, want)
	}
	if in.Host != "linux/riscv64" {
		t.Errorf("the builder's platform is %q", in.Host)
	}
}
