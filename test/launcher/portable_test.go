package launcher_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// withoutGNU leaves only what macOS has as well: no flock, and a find that does not know -printf.
func withoutGNU(t *testing.T) *repository {
	r := newRepository(t)
	r.path = r.shim + string(os.PathListSeparator) + tools(t, "awk", "bash", "env", "sh", "date", "grep", "ls", "mkdir",
		"mv", "readlink", "rm", "sha256sum", "sleep", "sort", "xargs")
	r.replaceFind(`case "$*" in *-printf*) echo "find: -printf: unknown primary" >&2; exit 1 ;; esac; exec FIND "$@"`)
	return r
}

// replaceFind puts a script before find(1), which the script calls FIND.
func (r *repository) replaceFind(script string) {
	r.t.Helper()
	find, err := exec.LookPath("find")
	r.must(err)
	r.executable(filepath.Join(r.shim, "find"), "#!/bin/sh\n"+strings.ReplaceAll(script, "FIND", find)+"\n")
}

// tools is a directory with links to these programs and no others.
func tools(t testing.TB, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		path, err := exec.LookPath(name)
		if err == nil {
			err = os.Symlink(path, filepath.Join(dir, name))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestWithoutGNUToolsTwentyAtOnceBuildOnce(t *testing.T) {
	t.Parallel()
	r := withoutGNU(t)
	r.twentyAtOnce()
}

func TestWithoutGNUToolsAnEditRebuildsAndATouchDoesNot(t *testing.T) {
	t.Parallel()
	r := withoutGNU(t)
	r.mage("greet")
	r.mage("greet")
	r.write("internal/greeting/greeting.go", greeting("ciao"))
	if got := r.mage("greet"); got != "ciao kafka\n" || r.builds() != 2 {
		t.Errorf("printed %q after %d builds", got, r.builds())
	}
}

func TestWithoutGNUToolsTheLockOfADeadProcessIsTakenOver(t *testing.T) {
	t.Parallel()
	r := withoutGNU(t)
	dead := exec.Command("true")
	r.must(dead.Run())
	tree := filepath.Join(r.cache, "mage/trees", r.root, ".tree")
	r.write(filepath.Join(tree, "lock.pid"), strconv.Itoa(dead.Process.Pid)+"\n")
	r.twentyAtOnce()
}

func TestNoEditIsMissedOnAFileSystemThatCountsInSeconds(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	r.replaceFind(`FIND "$@" | sed 's/\.[0-9]\{10\} /.0 /g'`)
	for _, word := range []string{"first", "other", "third", "first", "other", "third"} {
		r.write("internal/greeting/greeting.go", greeting(word))
		if got := r.mage("greet"); got != word+" kafka\n" {
			t.Errorf("printed %q after the edit to %q", got, word)
		}
	}
}
