package ci

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/failure"
)

// initialized is a repository of git's.
func initialized(t *testing.T, r *commandtest.Repository) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "git", "-C", r.Dir, "init", "-q").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// clockTick is more than the step of the clock by which a file system tells times.
const clockTick = 50 * time.Millisecond

// That a build writes to dist is a guess, by what git ignores. One that writes elsewhere
// too is not called cached: what it wrote there would not be put back.
func TestABuildThatWritesElsewhereThanToDistRunsEachTime(t *testing.T) {
	t.Parallel()
	r := shop(t)
	r.Env = append(r.Env, "PATH="+filepath.Join(r.Dir, "bin")+":/usr/bin:/bin")
	r.Write(".gitignore", "dist/\nstatic/\n.cache/\n")
	r.Write("web/package.json", `{"scripts": {"build": "x"}}`)
	r.Write("bin/npm", "#!/bin/sh\n[ \"$1\" = run ] || exit 0\nmkdir -p dist .cache ../static\necho 1 >dist/app.js\ndate >.cache/at\n[ -e ../tidy ] || echo 1 >../static/app.js\n")
	if err := os.Chmod(filepath.Join(r.Dir, "bin/npm"), 0o755); err != nil {
		t.Fatal(err)
	}
	initialized(t, r)
	run := func(want string) {
		t.Helper()
		<-time.After(clockTick) // what the run before has written is not this one's
		r.Run(ciOf(Options{Only: []string{"build"}, Explain: true})).Want(t, failure.OK, want)
	}
	run("build:npm:web   ✔ passed after")
	r.Remove("static")
	run(": its last run wrote elsewhere than to its outputs")
	if r.Read("static/app.js") != "1\n" {
		t.Error("what it writes elsewhere is not there")
	}
	r.Write("tidy", "")
	run(": its last run wrote elsewhere than to its outputs")
	r.Remove("web/dist")
	run("build:npm:web   = cached: its outputs were put back")
}
