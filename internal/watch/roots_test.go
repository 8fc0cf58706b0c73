package watch

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestARemovedRootIsWatchedAgainOnceItIsBack(t *testing.T) {
	top := seeded(t, "context/src/a")
	w := begin(t, filepath.Join(top, "context"), Options{}, newNotifier)
	w.do(os.RemoveAll(w.dir))
	w.untilAll()
	w.write("src/a")
	w.untilAll()
	w.write("src/b")
	w.until("src/b")
}

func TestARenamedRootIsWatchedAgainOnceItIsBack(t *testing.T) {
	top := seeded(t, "context/a")
	w := begin(t, filepath.Join(top, "context"), Options{}, newNotifier)
	w.do(os.Rename(w.dir, w.dir+".old"))
	w.untilAll()
	w.do(os.Rename(w.dir+".old", w.dir))
	w.untilAll()
	w.write("a")
	w.until("a")
}

func TestARootThatIsNotThereYetIsWatchedWhenItComes(t *testing.T) {
	top := seeded(t)
	w := begin(t, filepath.Join(top, "not/yet/there"), Options{}, newNotifier)
	w.write("a")
	w.untilAll()
	w.write("b")
	w.until("b")
}

func TestAFileAsRootIsToldWithoutItsNeighbours(t *testing.T) {
	dir := seeded(t, ".env", "other")
	w := begin(t, dir, Options{Roots: []string{filepath.Join(dir, ".env")}}, newNotifier)
	w.write("other")
	w.write(".env")
	if told := w.until(".env"); slices.Contains(told, "other") {
		t.Errorf("told of a neighbour: %q", told)
	}
	w.do(os.Remove(w.path(".env")))
	w.until(".env")
	w.write(".env.new")
	w.do(os.Rename(w.path(".env.new"), w.path(".env")))
	w.until(".env")
	w.write(".env")
	w.until(".env")
}

func TestALinkAsRootIsToldWithWhatItLeadsTo(t *testing.T) {
	dir := seeded(t, "env/local", "env/test")
	if err := os.Symlink("env/local", filepath.Join(dir, ".env")); err != nil {
		t.Fatal(err)
	}
	w := begin(t, dir, Options{Roots: []string{filepath.Join(dir, ".env")}}, newNotifier)
	w.write("env/test")
	w.write("env/local")
	if told := w.until(".env"); slices.Contains(told, "env/test") {
		t.Errorf("told of a file that the link does not lead to: %q", told)
	}
	w.do(os.Symlink("env/test", w.path(".env.new")))
	w.do(os.Rename(w.path(".env.new"), w.path(".env")))
	w.untilAll()
	w.write("env/test")
	w.until(".env")
}

func TestALinkThatLeadsNowhereIsToldWhenItsEndComes(t *testing.T) {
	dir := seeded(t, "file")
	if err := os.Symlink("env/local", filepath.Join(dir, ".env")); err != nil {
		t.Fatal(err)
	}
	w := begin(t, dir, Options{Roots: []string{filepath.Join(dir, ".env")}}, newNotifier)
	w.write("env/local")
	w.untilAll()
	w.write("env/local")
	w.until(".env")
}

func TestOneDirectoryByTwoNamesIsToldByBoth(t *testing.T) {
	dir := seeded(t, "real/in/file")
	if err := os.Symlink("real", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	w := begin(t, dir, Options{Roots: []string{filepath.Join(dir, "real"), filepath.Join(dir, "link"), filepath.Join(dir, "real/in")}}, newNotifier)
	w.write("real/in/file")
	w.until("real/in/file", "link/in/file")
	w.write("real/new/file")
	w.until("real/new/file", "link/new/file")
}

func TestARootInASkippedDirectoryIsWatchedAllTheSame(t *testing.T) {
	dir := seeded(t, "skipped/root/file", "skipped/other", "file")
	skip := func(path string, _ bool) bool { return path == filepath.Join(dir, "skipped") }
	w := begin(t, dir, Options{Skip: skip, Roots: []string{dir, filepath.Join(dir, "skipped/root")}}, newNotifier)
	w.write("skipped/other")
	w.write("skipped/root/file")
	if told := w.until("skipped/root/file"); slices.Contains(told, "skipped/other") {
		t.Errorf("told of what is skipped: %q", told)
	}
}
