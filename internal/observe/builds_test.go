package observe

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// builtFrom are the inputs of a build of a Dockerfile that starts from a:1, or of
// an inline one.
func (l *baseLab) builtFrom(b plan.Build) BuildInputs {
	l.Helper()
	b.Name, b.Services, b.Context = "app", []string{"app"}, l.TempDir()
	if b.Inline == "" {
		b.Dockerfile = filepath.Join(b.Context, "Dockerfile")
	}
	if err := os.WriteFile(filepath.Join(b.Context, "Dockerfile"), []byte("FROM a:1\nCOPY . .\n"), 0o600); err != nil {
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

// digestsOf are "REF[ PLATFORM] SOURCE DIGEST" of a build's base images.
func digestsOf(in BuildInputs) string {
	var list []string
	for _, b := range in.Bases {
		list = append(list, strings.Join(strings.Fields(b.Ref+" "+b.Platform+" "+b.Source+" "+b.Digest), " "))
	}
	return strings.Join(list, ", ")
}

func TestTheImageThatReadsTheDockerfileIsAnInput(t *testing.T) {
	l := newBaseLab(t)
	b := plan.Build{Inline: "# syntax=b:1\nFROM a:1\n"}
	l.registry.digests["a:1"] = "sha256:newer"
	if got := digestsOf(l.builtFrom(b)); got != "a:1 engine sha256:a1, b:1 registry sha256:b1" {
		t.Error(got)
	}
	l.registry.digests["b:1"] = "sha256:b2" // it moves
	if got := digestsOf(l.builtFrom(b)); got != "a:1 engine sha256:a1, b:1 registry sha256:b1" {
		t.Errorf("within a day: %s", got)
	}
	b.Pull = true
	if got := digestsOf(l.builtFrom(b)); got != "a:1 registry sha256:newer, b:1 registry sha256:b2" {
		t.Errorf("with pull: %s", got)
	}
	l.engine.ids["b:1"], l.engine.ids["own:1"] = "sha256:own", "sha256:own"
	b.Inline, b.Pull = "# syntax=own:1\nFROM b:1\n", false
	if got := digestsOf(l.builtFrom(b)); got != "b:1 engine sha256:own, own:1 engine sha256:own" {
		t.Errorf("that no registry has: %s", got)
	}
	b.Inline = "# syntax=b:1\nFROM scratch\n"
	if got := digestsOf(l.builtFrom(b)); got != "b:1 registry sha256:b2" {
		t.Errorf("that the engine has too: %s", got)
	}
}

func TestWhatABaseImageSaysIsPartOfABuild(t *testing.T) {
	l := newBaseLab(t)
	l.engine.says = map[string]docker.ImageConfig{"a:1": {Environ: []string{"URL=https://x.example"},
		OnBuild: []string{"ARG LAID", "COPY --from=b:1 /b /", "ADD https://laid.example/a /"}}}
	args := map[string]string{"LAID": "1", "NOBODY": "1"}
	in := l.builtFrom(plan.Build{Inline: "FROM a:1\nADD $URL/b $NAME /\n", Args: args})
	if got := digestsOf(in); got != "a:1 engine sha256:a1, b:1 registry sha256:b1" {
		t.Error(got)
	}
	if got := strings.Join(in.Remote, " "); got != "$URL/b https://laid.example/a" {
		t.Errorf("remote is %q", got)
	}
	if got := strings.Join(in.Unused, " "); got != "NOBODY" {
		t.Errorf("unused is %q", got)
	}
	// A pinned image is known as far as the engine has it.
	pin := "a:1@sha256:" + strings.Repeat("a", 64)
	for _, want := range []string{"$NAME $URL/b", "$URL/b https://laid.example/a"} {
		in := l.builtFrom(plan.Build{Inline: "FROM " + pin + "\nADD $URL/b $NAME /\n", Args: args})
		if got := strings.Join(in.Remote, " "); got != want || in.Bases[0].Source != BasePinned {
			t.Errorf("pinned: remote is %q, want %q; %s", got, want, digestsOf(in))
		}
		l.engine.ids[pin], l.engine.says[pin] = "sha256:a1", l.engine.says["a:1"]
	}
}

func TestEachPlatformOfABaseImageIsLookedUp(t *testing.T) {
	l := newBaseLab(t)
	b := plan.Build{Inline: "FROM a:1\n", Platforms: []string{"linux/arm64", "linux/riscv64"}, Contexts: map[string]string{"more": imageContext + "b:1"}}
	l.registry.digests["a:1"] = "sha256:arm"
	want := "a:1 engine sha256:a1, a:1 linux/arm64 registry sha256:arm, b:1 registry sha256:b1, b:1 linux/arm64 registry sha256:b1"
	if got := digestsOf(l.builtFrom(b)); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	l.registry.digests["a:1"] = "sha256:other"
	b.Platforms = []string{"linux/arm/v7"} // what was said of one platform is not said of another
	if got := digestsOf(l.builtFrom(b)); !strings.HasPrefix(got, "a:1 linux/arm/v7 registry sha256:other") {
		t.Error(got)
	}
}

func TestWhatMayChangeUnseenIsRemote(t *testing.T) {
	l := newBaseLab(t)
	pinned := "oci-layout:///images@sha256:aa"
	in := l.builtFrom(plan.Build{Contexts: map[string]string{"git": "git@git.example:team/x.git", "short": "github.com/team/x", "web": "https://x.example/x.tar",
		"layout": "oci-layout:///images:1", "pinned": pinned, "image": "docker-image://b:1", "linked": "target:other", "files": t.TempDir()}})
	want := []string{"git@git.example:team/x.git", "github.com/team/x", "https://x.example/x.tar", "oci-layout:///images:1"}
	if !slices.Equal(in.Remote, want) {
		t.Errorf("remote are %v, want %v", in.Remote, want)
	}
	if in.Host != "linux/riscv64" {
		t.Errorf("the builder's platform is %q", in.Host)
	}
}
