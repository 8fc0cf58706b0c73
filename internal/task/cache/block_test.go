package cache

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/fingerprint"
	"github.com/infinitescribe/spellbook/internal/task"
)

// later is a clock by which all that was ever written is settled: every sum is remembered,
// and what tells that a file has changed is what a stat says alone.
func later() time.Time { return time.Now().Add(time.Hour) }

// settle lets the kernel's clock go on, without which two writes have one time.
func settle() { <-time.After(tick) }

func settledRepository(t *testing.T, files ...string) *repository {
	r := newRepository(t, files...)
	r.o.Now = later
	return r
}

func TestWhatTheIndexKnowsOfIsNoticedByItsStatusAlone(t *testing.T) {
	t.Parallel()
	r := settledRepository(t, "src/a=1", "src/b=2", "src/sub/c=1", "other/a=1", "other/b=3")
	r.tasks = []task.Task{shell("t", "cat src/* 2>&1 || true")}
	at := func(name string) string { return filepath.Join(r.root, name) }
	swap := func(a, b string) error {
		return errors.Join(os.Rename(at(a), at("x")), os.Rename(at(b), at(a)), os.Rename(at("x"), at(b)))
	}
	r.want("passed: it has not run here")
	for _, c := range []struct {
		what string
		do   func() error
		want string
	}{
		{"nothing", func() error { return nil }, unchanged},
		{"another content of the same size, with the old time", func() error {
			info, err := os.Stat(at("src/a"))
			r.write("src/a", "7")
			return errors.Join(err, os.Chtimes(at("src/a"), info.ModTime(), info.ModTime()))
		}, "passed: input src/a has changed"},
		{"two files changed places", func() error { return swap("src/a", "src/b") }, "passed: input src/a has changed, input src/b has changed"},
		{"a mode", func() error { return os.Chmod(at("src/a"), 0o600) }, "passed: input src/a has another mode"},
		{"a new file", func() error { r.write("src/new", "1"); return nil }, "passed: input src/new is new"},
		{"a file went", func() error { return os.Remove(at("src/new")) }, "cached: nothing has changed since an earlier run"},
		{"a file went and came", func() error { r.write("src/sub/c", "1"); return nil }, unchanged},
		{"a file was made anew", func() error { err := os.Remove(at("src/sub/c")); r.write("src/sub/c", "1"); return err }, unchanged},
		{"another directory", func() error { return swap("src", "other") }, "passed: input src/a has changed"},
		{"a directory in the place of a file", func() error {
			err := os.Remove(at("src/b"))
			r.write("src/b/d", "1")
			return err
		}, "passed: input src/b is gone, input src/b/d is new"},
		{"a link in the place of a file", func() error {
			return errors.Join(os.Remove(at("src/a")), os.Symlink("../other/a", at("src/a")))
		}, "passed: input src/a has changed"},
		{"what the link leads to", func() error { r.write("other/a", "9"); return nil }, "passed: input src/a has changed"},
		{"all went", func() error { return os.RemoveAll(at("src")) }, "passed: input src/a is gone"},
	} {
		settle()
		if err := c.do(); err != nil {
			t.Fatalf("%s: %v", c.what, err)
		}
		t.Log(c.what)
		r.want(c.want)
		r.want(unchanged)
	}
}

func TestAnOutputThatWasEditedIsNoticedByItsStatusAlone(t *testing.T) {
	t.Parallel()
	r := settledRepository(t, "src/a=1")
	r.tasks = []task.Task{shell("t", "mkdir -p out; echo 1 >out/x")}
	r.tasks[0].Outputs = []string{"out/x"}
	r.want("passed")
	r.want(unchanged)
	settle()
	r.write("out/x", "2\n")
	r.want("cached: its outputs were put back")
	if got := r.read("out/x"); got != "1\n" {
		t.Errorf("out/x is %q", got)
	}
	r.want(unchanged)
	r.must(os.Remove(filepath.Join(r.root, "out/x")))
	r.want("cached: its outputs were put back")
}

func TestTheIndexIsWrittenWhereSomethingIsNewOnly(t *testing.T) {
	t.Parallel()
	r := settledRepository(t, "src/a=1", "src/sub/b=1", "src/empty/none/x=1")
	r.must(os.Remove(filepath.Join(r.root, "src/empty/none/x")))
	r.tasks = []task.Task{shell("t", "true")}
	index := func() fingerprint.Status {
		s, err := fingerprint.Of(filepath.Join(r.o.Dir, "index"))
		r.must(err)
		return s
	}
	r.want("passed")
	first := index()
	r.want(unchanged)
	if !index().Same(first) {
		t.Error("it was written though nothing is new")
	}
	settle()
	r.write("src/c", "1")
	r.want("passed")
	second := index()
	r.want(unchanged)
	if index().Same(first) || !index().Same(second) {
		t.Error("it was not written once for a new file")
	}
}

// TestAnIndexKnowsWhatALookWithoutOneFinds does this and that to a tree, and compares
// after each what is found with and without what is remembered.
func TestAnIndexKnowsWhatALookWithoutOneFinds(t *testing.T) {
	t.Parallel()
	root, dir := t.TempDir(), t.TempDir()
	o := Options{Root: root, Dir: dir, Now: later}
	random := rand.New(rand.NewPCG(1, uint64(time.Now().UnixNano())))
	name := func() string {
		return filepath.Join(root, []string{".", "d", "d/e", "f"}[random.IntN(4)], string(rune('a'+random.IntN(6))))
	}
	operations := []func(path string) error{
		func(path string) error { return os.WriteFile(path, fmt.Append(nil, random.IntN(3)), 0o644) },
		func(path string) error { return os.WriteFile(path, fmt.Append(nil, random.IntN(3)), 0o644) },
		func(path string) error { return os.WriteFile(path+"x", nil, 0o644) },
		os.Remove,
		os.RemoveAll,
		func(path string) error { return os.Rename(path, name()) },
		func(path string) error { return os.Chmod(path, 0o600|os.FileMode(random.IntN(2))<<6) },
		func(path string) error { return os.MkdirAll(filepath.Dir(path), 0o755) },
		func(path string) error { return os.Symlink("a", path) },
	}
	sets := []*set{newSet([]string{"**"}, nil), newSet([]string{"*"}, newSet([]string{"a"}, nil)), newSet([]string{"d/*", "f/a", "b"}, nil)}
	for n := range 150 {
		settle()
		for range 1 + random.IntN(3) {
			_ = operations[random.IntN(len(operations))](name()) // half of them cannot be done
		}
		c, plain := Open(o), Open(Options{Root: root, Dir: filepath.Join(dir, "none"), Now: later})
		for _, s := range sets {
			got, _, err := c.tree.files(s, true)
			want, _, failed := plain.tree.files(s, true)
			if (err == nil) != (failed == nil) || !slices.Equal(got, want) {
				t.Fatalf("after %d: got %v, %v\nwant %v, %v", n, got, err, want, failed)
			}
		}
		if _, err := c.Close(nil); err != nil {
			t.Fatal(err)
		}
	}
}

func FuzzABlockOfAnything(f *testing.F) {
	b := block{}
	b.put(entry{name: "a", status: fingerprint.Status{Size: 1, Modified: 5, Changed: 7, Inode: 3}, summed: true})
	b.put(entry{name: "b", summed: true})
	f.Add(b.encode())
	f.Add([]byte{200, 1, 5})
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, e := range (&block{raw: raw}).list([]string{"a", "b"}, fingerprint.Status{}, 0) {
			if e.name != "a" && e.name != "b" {
				t.Errorf("an entry is called %q", e.name)
			}
		}
	})
}

func TestABlockIsWhatItWas(t *testing.T) {
	t.Parallel()
	b := block{}
	for i, name := range []string{"c", "a", "b"} {
		b.put(entry{name: name, status: fingerprint.Status{Mode: 0o644, Size: int64(i), Modified: 1e18 + int64(i), Changed: 1e18 - int64(i), Inode: uint64(i)}, sum: sum{byte(i)}, summed: true})
	}
	again := block{raw: b.encode()}
	for name, want := range b.fresh {
		if got, ok := again.find(name); !ok || got != want {
			t.Errorf("%s: got %+v, %v, want %+v", name, got, ok, want)
		}
	}
	if _, ok := again.find("d"); ok || again.changed() {
		t.Error("it knows what it was never told")
	}
	own := fingerprint.Status{Mode: os.ModeDir | 0o755, Modified: 1e18, Changed: 1e18 + 1, Inode: 7}
	if _, unchanged := again.expect(own); unchanged {
		t.Error("it knows a listing that there never was")
	}
	if again.list([]string{"c", "d", "a"}, own, 1e18+2); again.changed() {
		t.Error("it remembers a listing that may be another in a moment")
	}
	again.list([]string{"c", "d", "a"}, own, 2e18)
	last := block{raw: again.encode()}
	entries, unchanged := last.expect(own)
	if !unchanged || last.changed() || len(entries) != 3 || entries[0].name != "a" || !entries[1].summed || entries[2].summed {
		t.Errorf("the listing is not remembered: %v, %+v", unchanged, entries)
	}
	if _, unchanged := last.expect(fingerprint.Status{Mode: own.Mode, Modified: own.Modified, Inode: own.Inode}); unchanged {
		t.Error("a directory without a time of its change is believed")
	}
}
