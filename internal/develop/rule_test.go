package develop

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// files writes files below a directory; a name that ends with a slash is a directory.
func files(t *testing.T, dir string, names ...string) {
	t.Helper()
	for _, name := range names {
		path := filepath.Join(dir, name)
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		if strings.HasSuffix(name, "/") {
			err = os.MkdirAll(path, 0o755)
		} else if err == nil {
			err = os.WriteFile(path, []byte(name), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// realDir is a temporary directory without symbolic links.
func realDir(t *testing.T) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func service(triggers ...types.Trigger) types.ServiceConfig {
	return types.ServiceConfig{Name: "app", Develop: &types.DevelopConfig{Watch: triggers}}
}

// ruleOf is the rule of a trigger of a service that is built from dir.
func ruleOf(t *testing.T, dir string, trigger types.Trigger) Rule {
	t.Helper()
	s := service(trigger)
	s.Build = &types.BuildConfig{Context: dir}
	list, err := Rules(s, filepath.Join(dir, ".state"))
	if err != nil || len(list) != 1 {
		t.Fatalf("%v, %v", list, err)
	}
	return list[0]
}

func TestARuleCoversWhatNeitherItsIgnoreNorTheContextsLeavesOut(t *testing.T) {
	t.Parallel()
	dir := realDir(t)
	files(t, dir, "src/")
	if err := os.WriteFile(filepath.Join(dir, ".dockerignore"), []byte("*\n!src\nsrc/tmp\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	src := filepath.Join(dir, "src")
	r := ruleOf(t, dir, types.Trigger{Path: src, Action: types.WatchActionSync, Target: "/app",
		Ignore: []string{"*.log", "/gen", "**/cache", filepath.Join(src, "absolute.txt"), "lib/*", "!lib/keep.js", ""}})
	for path, want := range map[string]bool{
		"src/a.js": true, "src/deep/a.js": true, "src/a.log": false, "src/deep/a.log": true,
		"src/gen/a": false, "src/deep/gen/a": true, "src/x/cache/y": false, "src/absolute.txt": false,
		"src/lib/a.js": false, "src/lib/keep.js": true,
		"src/tmp/a": false, "other/a.js": false, "srcs/a.js": false,
		"src/.git/index": false, "src/a.js~": false, "src/.a.js.swp": false, "src/4913": false, "src/.#a.js": false, "src/.idea/x.xml": false,
	} {
		if got := r.Covers(filepath.Join(dir, path)); got != want {
			t.Errorf("%s: got %t", path, got)
		}
	}
	for path, want := range map[string]bool{"src": false, "src/deep": false, "src/x/cache": true, "src/tmp": false, "src/.git": true, "other": true, ".": false, "src/lib": false} {
		if got := r.Skips(filepath.Join(dir, path), true); got != want {
			t.Errorf("directory %s: skipped %t", path, got)
		}
	}
}

func TestARuleOfTheWholeRepositoryIsNotOfWhatIsWrittenForIt(t *testing.T) {
	t.Parallel()
	dir := realDir(t)
	files(t, dir, "a", ".state/lock", ".stated")
	r := ruleOf(t, dir, types.Trigger{Path: dir, Action: types.WatchActionSync, Target: "/app"})
	if tree := r.Look(); len(tree) != 2 || !r.Skips(filepath.Join(dir, ".state"), true) {
		t.Errorf("got %v", tree)
	}
}

func TestTheFileThatARuleNamesIsNotLeftOutByAnIgnoreFile(t *testing.T) {
	t.Parallel()
	dir := realDir(t)
	files(t, dir, "Dockerfile")
	if err := os.WriteFile(filepath.Join(dir, ".dockerignore"), []byte("Dockerfile\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := ruleOf(t, dir, types.Trigger{Path: filepath.Join(dir, "Dockerfile"), Action: types.WatchActionRebuild}); len(r.Look()) != 1 {
		t.Error("the Dockerfile is left out")
	}
}

func TestIncludeChoosesAndIgnoreTakesFromThat(t *testing.T) {
	t.Parallel()
	dir := realDir(t)
	files(t, dir, "a.py", "a.txt", "lib/b.py", "lib/b.txt", "test/c.py", "docs/d.txt")
	r := ruleOf(t, dir, types.Trigger{Path: dir, Action: types.WatchActionSync, Target: "/app", Include: []string{"**/*.py", "docs"}, Ignore: []string{"test"}})
	var got []string
	for path := range r.Look() {
		rel, _ := filepath.Rel(dir, path)
		got = append(got, filepath.ToSlash(rel))
	}
	slices.Sort(got)
	if want := []string{"a.py", "docs", "docs/d.txt", "lib/b.py"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestTheIgnoreFileOfTheDockerfileCounts(t *testing.T) {
	t.Parallel()
	dir := realDir(t)
	files(t, dir, "deploy/")
	for name, text := range map[string]string{".dockerignore": "a\n", "deploy/Dockerfile.dockerignore": "b\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := service(types.Trigger{Path: dir, Action: types.WatchActionRestart})
	s.Build = &types.BuildConfig{Context: dir, Dockerfile: "deploy/Dockerfile"}
	list, err := Rules(s, filepath.Join(dir, ".state"))
	if err != nil {
		t.Fatal(err)
	}
	if !list[0].Covers(filepath.Join(dir, "a")) || list[0].Covers(filepath.Join(dir, "b")) {
		t.Error("the context's own ignore file counts")
	}
}

func TestRulesThatCannotBeFollowedAreRefused(t *testing.T) {
	t.Parallel()
	dir := realDir(t)
	for says, c := range map[string]struct {
		built   bool
		trigger types.Trigger
	}{
		"action rebuild, but there is no build section": {false, types.Trigger{Action: types.WatchActionRebuild}},
		"action sync+exec, but no exec.command":         {true, types.Trigger{Action: types.WatchActionSyncExec, Target: "/app"}},
		"service app: develop.watch of " + dir:          {true, types.Trigger{Action: types.WatchActionSync, Target: "/app", Ignore: []string{"["}}},
	} {
		c.trigger.Path = dir
		s := service(c.trigger)
		if c.built {
			s.Build = &types.BuildConfig{Context: dir}
		}
		if _, err := Rules(s, filepath.Join(dir, ".state")); failure.CodeOf(err) != failure.Preflight || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "\n  → ") {
			t.Errorf("got %v, want %s", err, says)
		}
	}
	if list, err := Rules(types.ServiceConfig{Name: "app"}, dir); list != nil || err != nil {
		t.Errorf("got %v, %v", list, err)
	}
}

func TestWhatIsBindMountedAlreadyIsNotSent(t *testing.T) {
	t.Parallel()
	dir := realDir(t)
	files(t, dir, "src/a", "other/b")
	s := service()
	s.Volumes = []types.ServiceVolumeConfig{{Type: types.VolumeTypeBind, Source: filepath.Join(dir, "src"), Target: "/code"}}
	rule := func(name, target string) types.Trigger {
		return types.Trigger{Path: filepath.Join(dir, name), Action: types.WatchActionSync, Target: target}
	}
	s.Develop.Watch = []types.Trigger{rule("src/a", "/code/a"), rule("src", "/code"), rule("other", "/code"), rule("src", "/code"),
		rule("src", "/app"), rule("src/a", "/code/b"), rule("src/a", "/code/"), rule("src", "code/")}
	list, err := Rules(s, filepath.Join(dir, ".state"))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"/code", "/code", "", "/code", "", "", "/code", "/code"} {
		if list[i].Mounted != want {
			t.Errorf("rule %d is mounted at %q", i, list[i].Mounted)
		}
	}
	if list[1].Key == list[3].Key || list[1].Key == list[2].Key {
		t.Errorf("two rules are %q", list[1].Key)
	}
}

func TestLinksAreFollowedOnTheWayToWhatIsNotThereYet(t *testing.T) {
	t.Parallel()
	dir := realDir(t)
	files(t, dir, "real/")
	if err := os.Symlink("real", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	r := ruleOf(t, dir, types.Trigger{Path: filepath.Join(dir, "link", "later", "x"), Action: types.WatchActionSync, Target: "/app"})
	if want := filepath.Join(dir, "real", "later", "x"); r.Path != want {
		t.Errorf("got %s, want %s", r.Path, want)
	}
}
