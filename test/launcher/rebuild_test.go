package launcher_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestAChangeOfAnInputRebuildsAndNothingElseDoes(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	r.settle()
	sum := read(t, filepath.Join(r.root, "go.sum"))
	builds := r.builds()
	for _, step := range []struct {
		name, file, content string
		rebuilds            int
		want                string
	}{
		{"a package in internal", "internal/greeting/greeting.go", greeting("howdy"), 1, "howdy kafka\n"},
		{"a package in plugins", "plugins/kafka/kafka.go", "package kafka\n\nconst Name = \"redpanda\"\n", 1, "howdy redpanda\n"},
		{"a new file of a package", "plugins/kafka/new.go", "package kafka\n", 1, "howdy redpanda\n"},
		{"a way back to a state that was built", "plugins/kafka/kafka.go", "package kafka\n\nconst Name = \"redpanda\"\n", 0, "howdy redpanda\n"},
		{"go.sum", "go.sum", sum + "\n", 1, "howdy redpanda\n"},
		{"the README", "README.md", "# new", 0, "howdy redpanda\n"},
		{"a test", "internal/greeting/greeting_test.go", "package greeting\n", 0, "howdy redpanda\n"},
		{"test data", "internal/greeting/testdata/x.go", "package x\n", 0, "howdy redpanda\n"},
		{"what mage leaves behind", "magefiles/mage_output_file.go", "garbage", 0, "howdy redpanda\n"},
		{"an editor's swap file", "magefiles/.magefile.go.swp", "garbage", 0, "howdy redpanda\n"},
	} {
		r.write(step.file, step.content)
		got := r.mage("greet")
		if r.builds() != builds+step.rebuilds || got != step.want {
			t.Errorf("%s: %d builds and %q, want %d and %q", step.name, r.builds()-builds, got, step.rebuilds, step.want)
		}
		builds = r.builds()
	}
}

func TestADeletedFileRebuilds(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	extra := filepath.Join(r.root, "internal/greeting/extra.go")
	r.write("internal/greeting/extra.go", "package greeting\n")
	r.settle()
	r.must(os.Remove(extra))
	r.mage("greet")
	if got := r.builds(); got != 2 {
		t.Errorf("%d builds, want 2", got)
	}
}

func TestATouchedFileDoesNotRebuild(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	r.settle()
	for _, name := range []string{"internal/greeting/greeting.go", "magefiles/magefile.go", "go.mod"} {
		for _, at := range []time.Time{time.Now(), time.Now().Add(-time.Hour), time.Now().Add(time.Hour)} {
			r.must(os.Chtimes(filepath.Join(r.root, name), at, at))
			r.mage("greet")
		}
	}
	if got := r.builds(); got != 1 {
		t.Errorf("%d builds, want 1", got)
	}
}

// An edit that keeps the size and puts the modification time back is the worst that a tool can do.
func TestAnEditIsNeverMissedHoweverItsTimesLook(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	r.settle()
	file := filepath.Join(r.root, "internal/greeting/greeting.go")
	before, err := os.Stat(file)
	r.must(err)
	for _, word := range []string{"first", "other", "third"} {
		r.write("internal/greeting/greeting.go", greeting(word))
		r.must(os.Chtimes(file, before.ModTime(), before.ModTime()))
		if got := r.mage("greet"); got != word+" kafka\n" {
			t.Errorf("printed %q after the edit to %q", got, word)
		}
	}
}

func TestInputsOutsideTheKnownDirectoriesCount(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	library := filepath.Join(filepath.Dir(r.root), "library")
	r.write(filepath.Join(library, "go.mod"), "module example.test/library\n\ngo 1.26\n")
	r.write(filepath.Join(library, "deep/deep.go"), "package deep\n\nconst Name = \"deep\"\n")
	r.write("go.mod", read(t, filepath.Join(r.root, "go.mod"))+
		"\nrequire example.test/library v0.0.0\n\nreplace example.test/library => ../library\n")
	r.write("tools/words/words.go", "package words\n\nimport \"embed\"\n\n//go:embed all:lists/*.txt\nvar Lists embed.FS\n")
	r.write("tools/words/lists/one.txt", "one")
	r.write("magefiles/more.go", `package main

import (
	"fmt"

	"example.test/library/deep"
	"example.test/tiny/tools/words"
)

// Tell prints what comes from elsewhere.
func Tell() {
	files, _ := words.Lists.ReadDir("lists")
	text, _ := words.Lists.ReadFile("lists/one.txt")
	fmt.Println(deep.Name, len(files), string(text))
}
`)
	r.settle()
	for _, step := range []struct{ file, content, want string }{
		{filepath.Join(library, "deep/deep.go"), "package deep\n\nconst Name = \"deeper\"\n", "deeper 1 one\n"},
		{"tools/words/lists/one.txt", "uno", "deeper 1 uno\n"},
		{"tools/words/lists/two.txt", "dos", "deeper 2 uno\n"},
	} {
		r.write(step.file, step.content)
		if got := r.mage("tell"); got != step.want {
			t.Errorf("after writing %s: printed %q, want %q", step.file, got, step.want)
		}
	}
}

func TestAMagefileInTheRootWorks(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	r.must(os.RemoveAll(filepath.Join(r.root, "magefiles")))
	r.write("magefile.go", magefile)
	r.settle()
	r.write("internal/greeting/greeting.go", greeting("ahoy"))
	if got := r.mage("greet"); got != "ahoy kafka\n" {
		t.Errorf("printed %q", got)
	}
}

func TestOnlyTheFiveBinariesUsedLastAreKept(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	binaries := filepath.Join(r.cache, "mage")
	for i := range 7 {
		r.fakeBinary("old"+strconv.Itoa(i), r.root, time.Duration(i+1)*time.Hour)
	}
	r.fakeBinary("neighbour", t.TempDir(), 100*time.Hour)
	r.fakeBinary("orphan", filepath.Join(t.TempDir(), "deleted"), time.Minute)
	r.mage("greet")

	var names []string
	for _, pattern := range []string{"old*", "neighbour", "orphan"} {
		found, err := filepath.Glob(filepath.Join(binaries, pattern))
		r.must(err)
		for _, dir := range found {
			names = append(names, filepath.Base(dir))
		}
	}
	if got, want := strings.Join(names, " "), "old0 old1 old2 old3 neighbour"; got != want {
		t.Errorf("kept %s, want %s", got, want)
	}
}

// fakeBinary puts something into the cache that looks like a binary of the repository at root.
func (r *repository) fakeBinary(name, root string, age time.Duration) {
	r.t.Helper()
	dir, used := filepath.Join(r.cache, "mage", name), time.Now().Add(-age)
	r.write(filepath.Join(dir, "root"), root+"\n")
	r.write(filepath.Join(dir, "used"), "")
	r.must(os.Chtimes(filepath.Join(dir, "used"), used, used))
}
