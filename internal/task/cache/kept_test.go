package cache

import (
	"context"
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

func TestEveryBitOfAModeCounts(t *testing.T) {
	t.Parallel()
	r := newRepository(t, "src/a=1")
	r.tasks = []task.Task{shell("t", "mkdir -p dist; cp src/a dist/a; chmod 2755 dist/a")}
	r.tasks[0].Outputs = []string{"dist"}
	r.want("passed")
	in, out := filepath.Join(r.root, "src/a"), filepath.Join(r.root, "dist/a")
	r.must(os.Remove(out))
	r.want("cached: its outputs were put back")
	if info, err := os.Stat(out); err != nil || info.Mode() != 0o755|os.ModeSetgid {
		t.Errorf("it is put back as %v, %v", info.Mode(), err)
	}
	r.must(os.Chmod(out, 0o755))
	r.want("cached: its outputs were put back")
	r.must(os.Chmod(in, 0o644|os.ModeSetgid))
	r.want("passed: input src/a has another mode")
}

// That the record of its key is gone by then is no matter of the cache's size.
func TestWhatWasCanceledIsToldSo(t *testing.T) {
	t.Parallel()
	r := newRepository(t, "src/a=1")
	r.tasks = []task.Task{shell("t", "test ! -e slow || exec sleep 60")} // on what it does not declare
	r.want("passed")
	r.write("slow", "")
	r.o.Force = true
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	g, err := task.New(r.tasks)
	r.must(err)
	kept := Open(r.o)
	got, _ := task.Execute(ctx, g, task.Options{Root: r.root, Environ: r.env, Cache: kept, Reporter: started(cancel)})
	if got.Results[0].Outcome != task.Canceled {
		t.Fatalf("it is %+v", got.Results)
	}
	r.o.Force = false
	r.must(os.Remove(filepath.Join(r.root, "slow")))
	r.want("passed: its last run was canceled")
	r.want(unchanged)
}

// started ends a run as soon as a task has said something, or has begun.
type started func()

func (s started) Started(string)       { s() }
func (started) Line(string, string)    {}
func (started) Finished(r task.Result) {}

func TestAProgramOfTheRepositoryIsTouchedByItsChange(t *testing.T) {
	t.Parallel()
	one := task.Task{Dir: "web", Inputs: []string{"docs/**", "!docs/old"}, Programs: []string{"../tools/gen", "node"}, Steps: []task.Step{{Argv: []string{"./run.sh", "web/arg"}}, {Func: nil}}}
	for file, want := range map[string]bool{"web/run.sh": true, "tools/gen": true, "run.sh": false, "web/arg": false, "node": false, "docs/a": true, "docs/": true, "docs/old/": false, "tools/": true, "other/": false, "docs/new/": true} {
		if got := Touches(one, []string{file}); got != want {
			t.Errorf("%s: %v", file, got)
		}
	}
}

// Tasks take turns with one list of files.
func TestATaskIsCachedByItsOwnInputsWhateverTheTaskBeforeItHas(t *testing.T) {
	t.Parallel()
	r := newRepository(t, "many/a=1", "many/b=1", "many/c=1", "few/a=1")
	many, few := shell("many", "cat many/*"), shell("few", "cat few/*")
	many.Inputs, few.Inputs = []string{"many/*"}, []string{"few/*"}
	many.Outputs, many.Steps[0].Argv[2] = []string{"out"}, "cat many/* >out"
	r.tasks = []task.Task{many, few}
	r.want("passed: it has not run here")
	r.want(unchanged)
	r.write("many/b", "2")
	r.want(unchanged)
	r.write("few/a", "2")
	if got := r.run(); got["many"].Outcome != task.Cached || got["few"].Reason != "input few/a has changed" {
		t.Errorf("%+v", got)
	}
}
