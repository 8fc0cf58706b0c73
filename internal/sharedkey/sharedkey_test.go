package sharedkey

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/infinitescribe/spellbook/internal/buildcontext"
)

// bench is a store with a context.
type bench struct {
	*testing.T
	store  Store
	mounts []Mount
}

func newBench(t *testing.T) bench {
	t.Helper()
	dir := t.TempDir()
	return bench{t, Store{Dir: filepath.Join(dir, "keys")}, []Mount{{Name: "context:more", Dir: dir}, {Name: Main, Dir: dir}}}
}

// file is a file f of a time and a content.
func file(time int64, content string) buildcontext.File {
	return buildcontext.File{Path: "f", Mode: 0o644, Size: 3, ModTime: time, Sum: content}
}

func (b bench) take(files ...buildcontext.File) *Key {
	b.Helper()
	return b.try(b.store.Take(b.mounts, Sent{Main: files}, false))
}

func (b bench) try(k *Key, err error) *Key {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
	return k
}

// used is the name that files are sent under in a use that ends well.
func (b bench) used(files ...buildcontext.File) string {
	b.Helper()
	k := b.take(files...)
	k.Keep()
	return k.name
}

func (b bench) is(what, got, want string) {
	b.Helper()
	if got != want {
		b.Errorf("%s: the name is %s, want %s", what, got, want)
	}
}

func (b bench) differ(what, got, old string) {
	b.Helper()
	if got == old {
		b.Errorf("%s: the name is the old one", what)
	}
}

func TestANameServesAgainUntilTheBuilderWouldMistakeAFile(t *testing.T) {
	b := newBench(t)
	name := b.used(file(1, "old"))
	b.is("nothing changed", b.used(file(1, "old")), name)
	b.is("another time", b.used(file(2, "new")), name)
	b.is("another purpose", b.try(b.store.Take(b.mounts, Sent{"dockerfile": {file(1, "new")}}, false)).name, name)
	b = newBench(t)
	name = b.used(file(1, "old"))
	b.used(file(2, "new"))
	other := b.used(file(1, "new"))
	b.differ("the same time with other content", other, name)
	b.is("the old content", b.used(file(1, "old")), name)
	b.is("the other content", b.used(file(1, "new")), other)
}

func TestADirectorysModeNeedsANewName(t *testing.T) {
	b := newBench(t)
	dir := func(mode fs.FileMode) buildcontext.File { return buildcontext.File{Path: "d", Mode: fs.ModeDir | mode} }
	name := b.used(dir(0o755))
	b.differ("another mode", b.used(dir(0o700)), name)
}

func TestANameInUseIsNobodyElses(t *testing.T) {
	b := newBench(t)
	first := b.take(file(1, "a"))
	second := b.take(file(1, "a"))
	b.differ("at the same time", second.name, first.name)
	first.Keep()
	second.Keep()
}

func TestANameOfWhichNotAllIsKnownNeverServesAgain(t *testing.T) {
	for what, spoil := range map[string]func(b bench, k *Key){
		"the use was given up": func(_ bench, k *Key) { k.Drop() },
		"the run was killed":   func(_ bench, k *Key) { _ = k.lock.Unlock() },
		"the record is gone":   func(_ bench, k *Key) { k.Keep(); _ = os.Remove(filepath.Join(k.dir, record)) },
		"the record is damaged": func(b bench, k *Key) {
			k.Keep()
			path := filepath.Join(k.dir, record)
			data, err := os.ReadFile(path)
			if err != nil {
				b.Fatal(err)
			}
			data[len(data)-1] ^= 1
			if err := os.WriteFile(path, data, 0o600); err != nil {
				b.Fatal(err)
			}
		},
		"it came back from a backup": func(b bench, k *Key) {
			k.Keep()
			backup := b.store.Dir + ".backup"
			if err := errors.Join(os.CopyFS(backup, os.DirFS(b.store.Dir)), os.RemoveAll(b.store.Dir), os.Rename(backup, b.store.Dir)); err != nil {
				b.Fatal(err)
			}
		},
		"all is gone": func(b bench, k *Key) { k.Keep(); _ = os.RemoveAll(b.store.Dir) },
	} {
		t.Run(what, func(t *testing.T) {
			b := newBench(t)
			k := b.take(file(1, "a"))
			spoil(b, k)
			b.differ(what, b.used(file(1, "a")), k.name)
		})
	}
}

func TestAFreshNameWasNeverUsed(t *testing.T) {
	b := newBench(t)
	name := b.used(file(1, "a"))
	k := b.try(b.store.Take(b.mounts, Sent{Main: {file(1, "a")}}, true))
	k.Keep()
	b.differ("fresh", k.name, name)
	b.is("afterwards", b.used(file(1, "a")), k.name)
}

func TestOtherDirectoriesHaveOtherNames(t *testing.T) {
	b := newBench(t)
	name := b.used(file(1, "a"))
	b.mounts = []Mount{{Name: Main, Dir: t.TempDir()}}
	b.differ("another context", b.used(file(1, "a")), name)
}

func TestNoMoreNamesAreKeptThanServe(t *testing.T) {
	b := newBench(t)
	for i := range 3 * most {
		b.used(file(1, string(rune('a'+i))))
	}
	if n := len(keys(b.store.group([]Mount{b.mounts[1], b.mounts[0]}))); n > most+1 {
		t.Errorf("%d names are kept", n)
	}
}

func TestAPathLeadsToItsMountUnderANameOfItsOwn(t *testing.T) {
	b := newBench(t)
	if err := os.WriteFile(filepath.Join(b.mounts[0].Dir, "f"), []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	once := b.try(Once(t.TempDir(), b.mounts))
	bases := map[string]bool{}
	for _, k := range []*Key{b.take(file(1, "a")), b.take(file(1, "a")), once} {
		for _, m := range b.mounts {
			path := k.Path(m.Name)
			if text, err := os.ReadFile(filepath.Join(path, "f")); err != nil || string(text) != "text" {
				t.Errorf("%s: %q, %v", path, text, err)
			}
			bases[filepath.Base(path)] = true
		}
		k.Keep()
	}
	if len(bases) != 6 {
		t.Errorf("the base names are %v", bases)
	}
	if _, err := os.Lstat(once.dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a key that served once is still there: %v", err)
	}
}

func TestWhereThereAreNoLinksAMountIsACopy(t *testing.T) {
	b := newBench(t)
	if err := os.WriteFile(filepath.Join(b.mounts[0].Dir, "f"), []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	k := newKey(filepath.Join(t.TempDir(), "name"), b.mounts)
	if err := k.mount(b.mounts, func(string, string) error { return errors.New("a required privilege is not held") }); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(filepath.Join(k.Path(Main), "f")); err != nil || string(text) != "text" || !k.Copied {
		t.Errorf("%q, %v, copied %v", text, err, k.Copied)
	}
}

func TestWhatWasDoneToAFileMeanwhileIsSeen(t *testing.T) {
	one := Sent{Main: {file(1, "a")}}
	other := Sent{Main: {file(1, "a")}}
	if !one.Same(other) {
		t.Error("the same is another")
	}
	other[Main][0].ChangeTime++
	if one.Same(other) {
		t.Error("a file that was written and put back is the same")
	}
}
