package develop

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/types"
)

func TestTwoLooksTellWhatHappenedBetween(t *testing.T) {
	t.Parallel()
	dir := realDir(t)
	files(t, dir, "same", "edited", "touched", "mode", "removed", "dir/a", "dir/deep/b", "becomes-dir", "becomes-file/x", "ignored/a", "empty/")
	r := ruleOf(t, dir, types.Trigger{Path: dir, Action: types.WatchActionSync, Target: "/app", Ignore: []string{"ignored"}})
	before := r.Look()
	at := func(name string) string { return filepath.Join(dir, name) }
	files(t, dir, "ignored/b", "new/x/y")
	for _, err := range []error{
		os.WriteFile(at("edited"), []byte("other"), 0o600), os.Chtimes(at("touched"), time.Unix(9, 0), time.Unix(9, 0)), os.Chmod(at("mode"), 0o600),
		os.Remove(at("removed")), os.Rename(at("dir"), at("moved")), os.Remove(at("becomes-dir")), os.Mkdir(at("becomes-dir"), 0o700),
		os.RemoveAll(at("becomes-file")), os.WriteFile(at("becomes-file"), nil, 0o600), os.Remove(at("empty")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	c := r.Look().Since(before)
	short := func(list []string) string { return strings.ReplaceAll(strings.Join(list, " "), dir+"/", "") }
	if got, want := short(c.Changed), "becomes-dir becomes-file edited mode moved moved/a moved/deep moved/deep/b new new/x new/x/y touched"; got != want {
		t.Errorf("changed\n%s, want\n%s", got, want)
	}
	if got, want := short(c.Gone), "becomes-dir becomes-file becomes-file/x dir dir/a dir/deep dir/deep/b empty removed"; got != want {
		t.Errorf("gone\n%s, want\n%s", got, want)
	}
	if !r.Look().Since(r.Look()).None() {
		t.Error("nothing is something")
	}
	t.Log("what is ignored from now on was never there")
	r = ruleOf(t, dir, types.Trigger{Path: dir, Action: types.WatchActionSync, Target: "/app", Ignore: []string{"ignored", "same"}})
	if c := r.Look().Since(before.Of(r)); slices.Contains(c.Gone, at("same")) {
		t.Error("what is ignored is gone")
	}
}

func TestAPathThatIsNotThereYetOrAFileIsLookedAt(t *testing.T) {
	t.Parallel()
	dir := realDir(t)
	path := filepath.Join(dir, "later.conf")
	r := ruleOf(t, dir, types.Trigger{Path: path, Action: types.WatchActionSync, Target: "/etc/later.conf"})
	before := r.Look()
	files(t, dir, "later.conf", "other")
	if c := r.Look().Since(before); len(before) > 0 || !slices.Equal(c.Changed, []string{path}) {
		t.Errorf("%v, %+v", before, c)
	}
}

func TestADirectoryGoesWithAllThatIsInItUnlessSomethingIsMountedThere(t *testing.T) {
	t.Parallel()
	gone := []string{"/app/web", "/app/web/a", "/app/web/cache", "/app/web/cache/x", "/app/web/deep", "/app/web/deep/b", "/app/webs"}
	for mounts, want := range map[string]string{
		"":                       "/app/web /app/webs",
		"/data /app /":           "/app/web /app/webs",
		"/app/web/cache":         "/app/web/a /app/web/deep /app/webs",
		"/app/web/cache/volume":  "/app/web/a /app/web/cache/x /app/web/deep /app/webs",
		"/app/web /app/web/deep": "/app/webs",
	} {
		if got := strings.Join(tops(gone, strings.Fields(mounts), "/app"), " "); got != want {
			t.Errorf("%q: got %q, want %q", mounts, got, want)
		}
	}
	if got := strings.Join(tops(gone, []string{"/app/web/cache"}, "/"), " "); got != "/app/web/a /app/web/deep /app/webs" {
		t.Errorf("of the root: got %q", got)
	}
	if got := strings.Join(tops([]string{"/app/web/a", "/app/web/deep/b"}, []string{"/app/web", "/app/web/deep"}, "/app/web"), " "); got != "/app/web/a" {
		t.Errorf("the target is a mount: got %q", got)
	}
}

func TestWhatCannotBeReadHasNotGone(t *testing.T) {
	t.Parallel()
	dir := realDir(t)
	files(t, dir, "loop/a", "loop/deep/b")
	loop := filepath.Join(dir, "loop")
	within := ruleOf(t, dir, types.Trigger{Path: filepath.Join(loop, "deep"), Action: types.WatchActionSync, Target: "/app"})
	was := within.Look()
	for _, err := range []error{os.RemoveAll(loop), os.Symlink("loop", loop)} { // which not even root can read
		if err != nil {
			t.Fatal(err)
		}
	}
	if now, err := within.LookAgain(was); err == nil || len(was) != 1 || !now.Since(was).None() {
		t.Errorf("%v, %v", err, now)
	}
}
