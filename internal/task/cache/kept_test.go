package cache

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/task"
)

func TestWhatFailsWithForceIsNotCachedByTheNextRun(t *testing.T) {
	t.Parallel()
	r := newRepository(t, "src/a=1")
	r.tasks = []task.Task{shell("t", "echo >> runs; test ! -e broken")} // on what it does not declare
	r.want("passed")
	r.want(unchanged)
	r.write("broken", "")
	r.o.Force = true
	r.want("failed: forced")
	r.o.Force = false
	r.want("failed: it has failed since it last passed")
	r.must(os.Remove(filepath.Join(r.root, "broken")))
	r.want("passed: it has failed since it last passed")
	r.want(unchanged)
}

func TestALinkThatNoRunMadeStaysAmongTheOutputs(t *testing.T) {
	t.Parallel()
	r := newRepository(t, "src/a=1")
	r.tasks = []task.Task{shell("t", "mkdir -p dist; cp src/a dist/a")}
	r.tasks[0].Outputs = []string{"dist"}
	r.want("passed")
	mine := filepath.Join(r.root, "dist/mine")
	r.must(os.Symlink("/elsewhere", mine))
	r.want("passed: dist/mine is among its outputs, and no run made it")
	if to, err := os.Readlink(mine); to != "/elsewhere" {
		t.Errorf("it leads to %q, %v", to, err)
	}
}

func TestACachedTasksOutputIsWhereThatOfARunIs(t *testing.T) {
	t.Parallel()
	r := newRepository(t, "src/a=1")
	r.tasks = []task.Task{shell("unit:go", "echo said")}
	const log = ".spellbook/cache/logs/unit%3Ago.log"
	if got := r.want("passed"); got.Output != log || r.read(log) != "said\n" {
		t.Errorf("got %q: %q", got.Output, r.read(log))
	}
	r.write(log, "of another run")
	if got := r.want(unchanged); got.Output != log || r.read(log) != "said\n" {
		t.Errorf("got %q: %q", got.Output, r.read(log))
	}
	r.tasks[0].Steps = shell("", "true").Steps
	r.want("passed: command has changed")
	r.write(log, "of another run")
	if got := r.want(unchanged); got.Output != "" || r.read(log) != "" {
		t.Errorf("it said nothing: got %q: %q", got.Output, r.read(log))
	}
}

func TestWhatCannotBeKeptIsAWarningOfATaskThatPassed(t *testing.T) {
	t.Parallel()
	r := newRepository(t, "src/a=1")
	made := shell("made", "true")
	made.Outputs = []string{strings.Repeat("a", 300)} // which no file system has
	use := shell("use", "true")
	use.Needs = []string{"made"}
	r.tasks = []task.Task{use, made}
	<-time.After(2 * tick) // the files of the test are not the task's
	for range 2 {
		got := r.want("passed")
		if len(got.Warnings) != 1 || !strings.HasPrefix(got.Warnings[0], "its result is not kept: ") {
			t.Errorf("got %q", got.Warnings)
		}
		r.tasks[0], r.tasks[1] = made, use
		r.want("passed") // for nobody knows what it depends on
		r.tasks[0], r.tasks[1] = use, made
	}
}

func TestTheStateDirectoryIsNoInputWhateverItsName(t *testing.T) {
	t.Parallel()
	r := newRepository(t, "a=1")
	r.o.Dir = filepath.Join(r.root, "var", "cache")
	r.must(errors.Join(os.MkdirAll(filepath.Join(r.root, "var"), 0o755), os.Symlink("var", filepath.Join(r.root, "state"))))
	r.tasks = []task.Task{shell("t", "cat a; mkdir -p var/ci; echo >> var/ci/log")}
	r.tasks[0].Inputs = []string{"**"}
	<-time.After(2 * tick)
	if got := r.want("passed"); got.Warnings != nil {
		t.Errorf("got %q", got.Warnings)
	}
	r.want(unchanged)
	r.write("a", "2")
	r.want("passed: input a has changed")
}
