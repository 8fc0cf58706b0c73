package test

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

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

// silent is an engine that takes calls and answers none.
func silent(t *testing.T) (host string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return "tcp://" + l.Addr().String()
}

// The next run goes on with what a signal has ended.
func TestWhoInterruptsTheRemovalOfDeadStacksIsNotToldOfIt(t *testing.T) {
	p, err := sandbox.At(project.Layout{Root: t.TempDir()}, "one")
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	w := app.OfTests(p.Layout, &said)
	w.Environ = append(w.Environ, "XDG_CACHE_HOME="+t.TempDir())
	r := sandbox.Record{Project: "shop-one-x", EngineID: "x", Engine: []string{"DOCKER_HOST=" + silent(t)}}
	if err := p.Write(r); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	Reap(ctx, w)
	if said.Len() > 0 || p.TriedSince(time.Time{}) {
		t.Errorf("it says %q", said.String())
	}
	if _, ok := p.Read(); !ok {
		t.Error("the record is gone")
	}
	for host, want := range map[string]time.Duration{"unix:///x.sock": reapTimeout, "ssh://elsewhere": remoteTimeout} {
		r.Engine = []string{"DOCKER_HOST=" + host}
		if err := p.Write(r); err != nil || patienceOf(w, p) != want {
			t.Errorf("%s may take %s (%v)", host, patienceOf(w, p), err)
		}
	}
}

// A record that was copied with its checkout is of a stack that is somebody else's, as is
// the lease of that.
func TestACopiedRecordIsForgottenAndTheLeaseOfItsStackStays(t *testing.T) {
	there, err := sandbox.At(project.Layout{Root: t.TempDir()}, "one")
	if err != nil {
		t.Fatal(err)
	}
	here := there
	here.Layout.Root = t.TempDir()
	var said strings.Builder
	w := app.OfTests(here.Layout, &said)
	w.Environ = append(w.Environ, "XDG_CACHE_HOME="+t.TempDir())
	lease, err := userLeases(w, there).Use(t.Context(), "shop-one-x", "engine")
	if err != nil {
		t.Fatal(err)
	}
	defer lease.Release()
	if err := errors.Join(there.Write(sandbox.Record{Project: "shop-one-x", EngineID: "engine"}), os.CopyFS(here.Layout.Root, os.DirFS(there.Layout.Root))); err != nil {
		t.Fatal(err)
	}
	Reap(t.Context(), w)
	if here.Begun() || said.Len() > 0 {
		t.Errorf("the copy is still there, or told of: %s", said.String())
	}
	if _, ok := there.Read(); !ok {
		t.Error("the record of the stack is gone")
	}
	if list, err := filepath.Glob(filepath.Join(w.CacheDir(), "spellbook/stacks/shop-one-x.lease")); len(list) != 1 {
		t.Errorf("its lease is gone, %v", err)
	}
}
