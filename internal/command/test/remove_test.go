package test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/sandbox"
)

func TestAContainerOfThisCheckoutIsKnownByWhateverWay(t *testing.T) {
	dir := t.TempDir()
	root, link, other := filepath.Join(dir, "root"), filepath.Join(dir, "link"), filepath.Join(dir, "other")
	if err := errors.Join(os.MkdirAll(filepath.Join(root, "compose"), 0o700), os.Mkdir(other, 0o700), os.Symlink(root, link)); err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{root, link} {
		p, err := sandbox.At(project.Layout{Root: at}, "one")
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			docker.Container
			want bool
		}{
			{docker.Container{Dir: root}, true}, {docker.Container{Dir: filepath.Join(link, "compose")}, true}, {docker.Container{Dir: filepath.Join(dir, "moved")}, true},
			{docker.Container{Dir: other, Files: []string{p.Overrides()}}, true}, {docker.Container{Dir: other}, false}, {docker.Container{}, false},
		} {
			if got := isOurs(p, c.Container); got != c.want {
				t.Errorf("from %s: %+v is ours: %t", at, c.Container, got)
			}
		}
	}
}

// What another version has written is of a stack that would be forgotten.
func TestARecordThatCannotBeReadIsLeft(t *testing.T) {
	p, err := sandbox.At(project.Layout{Root: t.TempDir()}, "one")
	if err != nil {
		t.Fatal(err)
	}
	file := p.Path("stack.json")
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, []byte(`{"version": 2}`), 0o600)); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	w := app.OfTests(p.Layout, &said)
	w.Environ = append(w.Environ, "XDG_CACHE_HOME="+t.TempDir())
	Reap(t.Context(), w)
	for name, do := range map[string]func() error{
		"up": func() error {
			_, err := Start(t.Context(), w, StartOptions{Name: "one"})
			return err
		},
		"down":   func() error { return Down(t.Context(), w, "one") },
		"list":   func() error { return List(t.Context(), w, false) },
		"unused": func() error { return removeUnused(t.Context(), w, p, "a test") },
	} {
		if err := do(); failure.CodeOf(err) != failure.Preflight || !strings.Contains(err.Error(), "version 2") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) || said.Len() > 0 {
		t.Errorf("%v: %s", err, said.String())
	}
}
