package watch

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// patience is how long a test waits for what must come.
const patience = 2 * time.Minute

// watching is a watch of a fresh directory.
type watching struct {
	t       *testing.T
	dir     string
	batches <-chan Batch
	warned  chan string
}

func begin(t *testing.T, dir string, o Options, connect func() (*notifier, error)) *watching {
	t.Helper()
	w := &watching{t: t, dir: dir, warned: make(chan string, 10)}
	if o.Roots == nil {
		o.Roots = []string{dir}
	}
	if o.Quiet == 0 {
		o.Quiet = 20 * time.Millisecond
	}
	o.Max, o.Warn = patience, func(text string) { w.warned <- text }
	var err error
	if w.batches, err = watch(t.Context(), o, connect); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *watching) next() Batch {
	w.t.Helper()
	select {
	case b := <-w.batches:
		return b
	case <-time.After(patience):
		w.t.Fatal("nothing was told")
		return Batch{}
	}
}

// until gathers batches until every path has been told, and returns all that
// were told, relative to the directory.
func (w *watching) until(paths ...string) []string {
	w.t.Helper()
	var told []string
	for !contains(told, paths) {
		for _, path := range w.next().Paths {
			rel, err := filepath.Rel(w.dir, path)
			if err != nil {
				w.t.Fatal(err)
			}
			told = append(told, rel)
		}
	}
	return told
}

func contains(all, some []string) bool {
	return !slices.ContainsFunc(some, func(one string) bool { return !slices.Contains(all, one) })
}

// untilAll waits for a batch that says that anything may have changed.
func (w *watching) untilAll() {
	w.t.Helper()
	for !w.next().All {
	}
}

func (w *watching) path(name string) string { return filepath.Join(w.dir, name) }

func (w *watching) write(name string) {
	w.t.Helper()
	w.do(os.MkdirAll(filepath.Dir(w.path(name)), 0o755))
	w.do(os.WriteFile(w.path(name), []byte(time.Now().String()), 0o644))
}

func (w *watching) do(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func seeded(t *testing.T, files ...string) string {
	t.Helper()
	w := &watching{t: t, dir: t.TempDir()}
	for _, name := range files {
		w.write(name)
	}
	return w.dir
}

func TestAChangedFileIsToldWhereverItIs(t *testing.T) {
	w := begin(t, seeded(t, "a", "deep/in/b"), Options{}, newNotifier)
	w.write("a")
	w.until("a")
	w.write("deep/in/b")
	w.until("deep/in/b")
	w.do(os.Chmod(w.path("deep/in/b"), 0o755))
	w.until("deep/in/b")
	w.do(os.Remove(w.path("a")))
	w.until("a")
}

func TestANewDirectoryIsWatchedWithWhatIsInItAlready(t *testing.T) {
	w := begin(t, seeded(t), Options{}, newNotifier)
	w.write("new/and/deep/file")
	w.until("new/and/deep/file")
	w.write("new/and/deep/other")
	w.until("new/and/deep/other")
}

func TestARenamedDirectoryIsWatchedByItsNewNameOnly(t *testing.T) {
	w := begin(t, seeded(t, "old/in/file"), Options{}, newNotifier)
	w.do(os.Rename(w.path("old"), w.path("new")))
	w.until("old", "new", "new/in/file")
	w.write("new/in/file")
	if told := w.until("new/in/file"); slices.ContainsFunc(told, func(path string) bool { return strings.HasPrefix(path, "old") }) {
		t.Errorf("told by the old name: %q", told)
	}
}

func TestADirectoryThatLeftIsWatchedNoMore(t *testing.T) {
	w := begin(t, seeded(t, "gone/file", "stays"), Options{}, newNotifier)
	away := filepath.Join(t.TempDir(), "away")
	w.do(os.Rename(w.path("gone"), away))
	w.until("gone")
	w.do(os.WriteFile(filepath.Join(away, "file"), nil, 0o644))
	w.write("stays")
	if told := w.until("stays"); slices.Contains(told, "gone/file") {
		t.Errorf("told of what is elsewhere: %q", told)
	}
}

func TestADirectoryThatIsRemovedAndMadeAgainIsWatched(t *testing.T) {
	w := begin(t, seeded(t, "dir/in/file"), Options{}, newNotifier)
	w.do(os.RemoveAll(w.path("dir")))
	w.write("dir/in/file")
	w.until("dir/in/file")
	w.write("dir/in/other")
	w.until("dir/in/other")
}

func TestAnEditorsSaveByRenameIsOneBatch(t *testing.T) {
	w := begin(t, seeded(t, "main.go"), Options{Quiet: time.Second}, newNotifier)
	w.write(".main.go.tmp")
	w.do(os.Rename(w.path("main.go"), w.path("main.go~")))
	w.do(os.Rename(w.path(".main.go.tmp"), w.path("main.go")))
	w.do(os.Remove(w.path("main.go~")))
	b := w.next()
	if want := []string{w.path(".main.go.tmp"), w.path("main.go"), w.path("main.go~")}; !slices.Equal(b.Paths, want) || b.All {
		t.Errorf("got %+v, want %q", b, want)
	}
}

func TestACheckoutOfAThousandFilesIsOneBatchOfFiftyNames(t *testing.T) {
	w := begin(t, seeded(t), Options{Quiet: time.Second}, newNotifier)
	for i := range 1000 {
		w.write(fmt.Sprintf("dir%d/file%03d", i%10, i))
	}
	b := w.next()
	if len(b.Paths) != mostPaths || b.More != 1000+10-mostPaths || !slices.IsSorted(b.Paths) || b.All {
		t.Errorf("got %d sorted paths and %d more, all: %v", len(b.Paths), b.More, b.All)
	}
}

func TestWhatIsSkippedIsNotTold(t *testing.T) {
	skip := func(path string, dir bool) bool {
		return dir && filepath.Base(path) == "node_modules" || strings.HasSuffix(path, ".log")
	}
	w := begin(t, seeded(t, "node_modules/a/b", "src/x.log", "src/x.go"), Options{Skip: skip}, newNotifier)
	w.write("node_modules/a/b")
	w.write("src/x.log")
	w.write("src/node_modules/later")
	w.do(os.RemoveAll(w.path("src/node_modules")))
	w.write("src/x.go")
	if told := w.until("src/x.go"); slices.ContainsFunc(told, func(path string) bool { return path != "src/x.go" && path != "src/node_modules" }) {
		t.Errorf("told of what is skipped: %q", told)
	}
}

func TestReadingTellsNothing(t *testing.T) {
	w := begin(t, seeded(t, "read", "written"), Options{}, newNotifier)
	if _, err := os.ReadFile(w.path("read")); err != nil {
		t.Fatal(err)
	}
	w.write("written")
	if told := w.until("written"); slices.Contains(told, "read") {
		t.Errorf("told of a file that was read: %q", told)
	}
}

func TestTheEndOfTheContextClosesTheChannel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	batches, err := Watch(ctx, Options{Roots: []string{seeded(t, "a")}})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	select {
	case _, open := <-batches:
		if open {
			t.Error("a batch in place of the end")
		}
	case <-time.After(patience):
		t.Error("the channel stays open")
	}
}

func TestARootMustBeAbsolute(t *testing.T) {
	if _, err := Watch(t.Context(), Options{Roots: []string{"here"}}); err == nil || !strings.Contains(err.Error(), `watch "here"`) {
		t.Errorf("got %v", err)
	}
}
