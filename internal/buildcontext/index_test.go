package buildcontext

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// indexed is a context of a few files with an index in a directory that is yet
// to be made, and a clock that stands an hour after all of them.
func indexed(t *testing.T) Options {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, map[string]string{"a": "aaaa", "b": "bbbb", "dir/c": "cccc"})
	try(t, os.Symlink("a", filepath.Join(dir, "link")))
	return Options{Dir: dir, Index: filepath.Join(t.TempDir(), "state", "index"), Now: after(t, dir, time.Hour)}
}

// after is a clock that stands so long after the youngest of dir's files.
func after(t *testing.T, dir string, long time.Duration) func() time.Time {
	latest := modified(t, filepath.Join(dir, "a"))
	return func() time.Time { return latest.Add(long) }
}

// hashed names what a Read would have to open, as the index does not know it.
func hashed(t *testing.T, o Options) string {
	t.Helper()
	var rules rules
	r := reader{walker: walker{dir: o.Dir, rules: &rules}, index: newIndex(o)}
	r.index.load()
	entries, err := r.walk(t.Context(), 2)
	try(t, err)
	slices.SortFunc(entries, func(a, b *entry) int { return strings.Compare(a.path, b.path) })
	var names []string
	for _, e := range r.index.recall(entries) {
		if e.indexed() {
			names = append(names, e.path)
		}
	}
	return strings.Join(names, " ")
}

const everything = "a b dir/c link"

func TestAnUnchangedTreeIsNotReadAgain(t *testing.T) {
	o := indexed(t)
	if got := hashed(t, o); got != everything {
		t.Errorf("without an index %s is hashed", got)
	}
	first := read(t, o)
	if got := hashed(t, o); got != "" {
		t.Errorf("hashed again: %s", got)
	}
	second := read(t, o)
	o.Index = ""
	if plain := read(t, o); plain.Digest() != first.Digest() || !slices.Equal(plain.Files, second.Files) {
		t.Errorf("an index changes what is read: %v, without %v", second.Files, plain.Files)
	}
}

func TestAnyChangeOfAFileIsSeen(t *testing.T) {
	for name, change := range map[string]func(path string) error{
		"another size":            func(p string) error { return os.WriteFile(p, []byte("a"), 0o600) },
		"same size, old times":    func(p string) error { return back(p, func() error { return os.WriteFile(p, []byte("xxxx"), 0o600) }) },
		"moved over it, old time": func(p string) error { return back(p, func() error { return moveOver(p, "xxxx") }) },
		"another mode":            func(p string) error { return os.Chmod(p, 0o755) },
		"a link to the same":      func(p string) error { return replaceWith(p, func() error { return os.Symlink("b", p) }) },
		"in the future": func(p string) error {
			if err := os.WriteFile(p, []byte("xxxx"), 0o600); err != nil {
				return err
			}
			return os.Chtimes(p, time.Time{}, time.Unix(1<<40, 0))
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := indexed(t)
			before := read(t, o)
			try(t, change(filepath.Join(o.Dir, "a")))
			if got := hashed(t, o); got != "a" {
				t.Errorf("hashed: %s", got)
			}
			if changes := Compare(before.Files, read(t, o).Files); len(changes) != 1 || changes[0].Path != "a" {
				t.Errorf("got %v", changes)
			}
		})
	}
}

// back does something to a file and gives it its old modification time.
func back(path string, do func() error) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	return os.Chtimes(path, info.ModTime(), info.ModTime())
}

func moveOver(path, content string) error {
	if err := os.WriteFile(path+".new", []byte(content), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

func TestAFileTooYoungForItsTimesIsHashedAgain(t *testing.T) {
	for name, clock := range map[string]struct {
		long time.Duration
		want string
	}{
		"at once":                {0, everything},
		"a moment later":         {50 * time.Millisecond, everything},
		"later":                  {time.Second, ""},
		"by a clock turned back": {-time.Hour, everything},
	} {
		o := indexed(t)
		o.Now = after(t, o.Dir, clock.long)
		read(t, o)
		if got := hashed(t, o); got != clock.want {
			t.Errorf("%s: hashed again: %q", name, got)
		}
	}
}

func TestADamagedIndexIsAsGoodAsNone(t *testing.T) {
	o := indexed(t)
	want := read(t, o).Digest()
	good, err := os.ReadFile(o.Index)
	try(t, err)
	bad := [][]byte{nil, []byte("foreign"), []byte(strings.Replace(string(good), "index 1", "index 0", 1)), append(good[:len(good):len(good)], 0)}
	for i := range good {
		flipped := slices.Clone(good)
		flipped[i] ^= 1 << (i % 8)
		bad = append(bad, flipped, good[:i])
	}
	for _, data := range bad {
		try(t, os.WriteFile(o.Index, data, 0o600))
		if got := hashed(t, o); got != everything {
			t.Fatalf("of %d bytes %q believed all but %s", len(data), data, got)
		}
	}
	if read(t, o).Digest() != want || hashed(t, o) != "" {
		t.Error("a damaged index is not replaced")
	}
}

func TestAnIndexIsWrittenWholeForItsOwnerAndOnlyWhenItChanges(t *testing.T) {
	o := indexed(t)
	read(t, o)
	first, err := os.Stat(o.Index)
	try(t, err)
	folder, err := os.Stat(filepath.Dir(o.Index))
	try(t, err)
	if first.Mode().Perm() != 0o600 || folder.Mode().Perm() != 0o700 {
		t.Errorf("modes %v and %v", first.Mode(), folder.Mode())
	}
	read(t, o)
	if second, err := os.Stat(o.Index); err != nil || !os.SameFile(first, second) {
		t.Errorf("written again though nothing changed: %v", err)
	}
	try(t, os.Remove(filepath.Join(o.Dir, "b")))
	read(t, o)
	if third, err := os.Stat(o.Index); err != nil || third.Size() >= first.Size() {
		t.Errorf("a removed file stays in the index: %v", err)
	}
	if left, err := os.ReadDir(filepath.Dir(o.Index)); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestAnIndexThatCannotBeKeptIsNoError(t *testing.T) {
	o := indexed(t)
	want := read(t, o).Digest()
	o.Index = filepath.Join(o.Index, "below", "a file")
	if read(t, o).Digest() != want || hashed(t, o) != everything {
		t.Error("an index appeared where none can be")
	}
	o.Index = o.Dir // cannot be replaced by a file
	if read(t, o).Digest() != want {
		t.Error("read differently")
	}
	o = indexed(t)
	o.Now = nil
	if read(t, o); hashed(t, o) != everything {
		t.Error("an index without a clock")
	}
}

func TestReadersAtOnceShareAnIndex(t *testing.T) {
	o := indexed(t)
	want := read(t, Options{Dir: o.Dir}).Digest()
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 20 {
				if tree, err := Read(t.Context(), o); err != nil || tree.Digest() != want {
					t.Errorf("got %v, %v", tree, err)
				}
				_ = os.Remove(o.Index)
			}
		})
	}
	group.Wait()
	if read(t, o); hashed(t, o) != "" {
		t.Error("the index does not serve")
	}
}
