package task

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// recorder is a Reporter that keeps what it hears.
type recorder struct {
	mu       sync.Mutex
	started  []string
	lines    []string
	finished []string
}

func (r *recorder) Started(name string)    { r.note(&r.started, name) }
func (r *recorder) Line(name, text string) { r.note(&r.lines, name+": "+text) }
func (r *recorder) Finished(x Result) {
	text := x.Task + " " + string(x.Outcome)
	if x.Cause != "" {
		text += " (" + x.Cause + ")"
	}
	r.note(&r.finished, text)
}

func (r *recorder) note(to *[]string, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	*to = append(*to, text)
}

func do(name string, f func(ctx context.Context, out io.Writer) error, needs ...string) Task {
	return Task{Name: name, Needs: needs, Steps: []Step{{Func: f}}}
}

func shell(name, script string, needs ...string) Task {
	return Task{Name: name, Needs: needs, Steps: []Step{{Argv: []string{"sh", "-c", script}}}}
}

func graph(t *testing.T, tasks ...Task) *Graph {
	t.Helper()
	g, err := New(tasks)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func run(t *testing.T, g *Graph, o Options) (Run, *recorder) {
	t.Helper()
	r := &recorder{}
	o.Reporter, o.Root, o.Environ = r, cmpRoot(o.Root, t), append(o.Environ, "PATH="+os.Getenv("PATH"))
	got, err := Execute(t.Context(), g, o)
	if err != nil {
		t.Fatal(err)
	}
	return got, r
}

func cmpRoot(root string, t *testing.T) string {
	if root == "" {
		return t.TempDir()
	}
	return root
}

// The diamond of magefile/mage#371: mg.Deps deploys although the leaf has failed.
func TestWhatNeedsAFailedTaskIsSkippedWithItsNameAndNeverRuns(t *testing.T) {
	t.Parallel()
	for _, keepGoing := range []bool{false, true} {
		var leaf, others atomic.Int32
		other := func(context.Context, io.Writer) error { others.Add(1); return nil }
		g := graph(t,
			do("deploy", other, "left", "right"), do("left", other, "leaf"), do("right", other, "leaf"),
			do("leaf", func(context.Context, io.Writer) error { leaf.Add(1); return errors.New("broken") }))
		got, r := run(t, g, Options{Jobs: 4, KeepGoing: keepGoing})
		if leaf.Load() != 1 || others.Load() != 0 {
			t.Errorf("the leaf ran %d times, what needs it %d times", leaf.Load(), others.Load())
		}
		slices.Sort(r.finished)
		want := []string{"deploy skipped (leaf)", "leaf failed", "left skipped (leaf)", "right skipped (leaf)"}
		if !slices.Equal(r.finished, want) {
			t.Errorf("got %q, want %q", r.finished, want)
		}
		if err := got.Err(); failure.CodeOf(err) != 1 || !strings.Contains(err.Error(), "task leaf failed: broken") {
			t.Errorf("error: %v", err)
		}
	}
}

func TestEveryTaskOfADiamondRunsOnceAfterWhatItNeeds(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var order []string
	note := func(name string) func(context.Context, io.Writer) error {
		return func(context.Context, io.Writer) error {
			mu.Lock()
			defer mu.Unlock()
			order = append(order, name)
			return nil
		}
	}
	g := graph(t, do("d", note("d"), "b", "c"), do("b", note("b"), "a"), do("c", note("c"), "a"), do("a", note("a")))
	got, _ := run(t, g, Options{Jobs: 4})
	if len(order) != 4 || order[0] != "a" || order[3] != "d" || got.Err() != nil {
		t.Errorf("order %v, error %v", order, got.Err())
	}
}

func TestAFailureCancelsWhatRunsBesideItUnlessTheRunKeepsGoing(t *testing.T) {
	t.Parallel()
	for keepGoing, want := range map[bool][]string{
		false: {"bad failed", "beside canceled (bad failed)", "later not run (bad failed)"},
		true:  {"bad failed", "beside passed", "later passed"},
	} {
		begun := make(chan struct{})
		g := graph(t,
			do("bad", func(context.Context, io.Writer) error { <-begun; return errors.New("broken") }),
			do("beside", func(ctx context.Context, _ io.Writer) error {
				close(begun)
				if keepGoing {
					return nil
				}
				<-ctx.Done()
				return ctx.Err()
			}),
			do("later", func(context.Context, io.Writer) error { return nil }, "beside"))
		_, r := run(t, g, Options{Jobs: 2, KeepGoing: keepGoing})
		slices.Sort(r.finished)
		if !slices.Equal(r.finished, want) {
			t.Errorf("keep going %t: got %q, want %q", keepGoing, r.finished, want)
		}
	}
}

// As conc's ResultPool has not: there, what ends first comes first.
func TestResultsHaveTheOrderOfTheGraphWhateverEndsFirst(t *testing.T) {
	t.Parallel()
	ended := make(chan struct{})
	g := graph(t,
		do("a", func(context.Context, io.Writer) error { <-ended; return errors.New("late") }),
		do("b", func(context.Context, io.Writer) error { return nil }),
		do("c", func(context.Context, io.Writer) error { close(ended); return nil }, "b"))
	got, r := run(t, g, Options{Jobs: 2, KeepGoing: true})
	var names []string
	for _, x := range got.Results {
		names = append(names, x.Task+" "+string(x.Outcome))
	}
	if want := []string{"a failed", "b passed", "c passed"}; !slices.Equal(names, want) || got.First != 0 || r.finished[0] != "b passed" {
		t.Errorf("got %q and first %d, want %q; ended in the order %q", names, got.First, want, r.finished)
	}
}

func TestNoMoreTasksRunAtOnceThanJobs(t *testing.T) {
	t.Parallel()
	var now, most atomic.Int32
	var tasks []Task
	full := make(chan struct{})
	var once sync.Once
	for i := range 12 {
		tasks = append(tasks, do(fmt.Sprint("t", i), func(context.Context, io.Writer) error {
			n := now.Add(1)
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			if n == 3 {
				once.Do(func() { close(full) })
			}
			<-full // as many as may have begun
			now.Add(-1)
			return nil
		}))
	}
	run(t, graph(t, tasks...), Options{Jobs: 3})
	if most.Load() != 3 {
		t.Errorf("%d at once, want 3", most.Load())
	}
}

func TestTheCodeOfARunIsThatOfItsFirstFailure(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]int{"exit 7": 7, "kill -TERM $$": 143, "exec no-such-program": 127} {
		failed := make(chan struct{}) // closed when the failure of a is noted: only then c ends, and b, which fails too, begins
		r := ending{&recorder{}, "a", func() { close(failed) }}
		g := graph(t, shell("a", script), shell("b", "exit 9", "c"), do("c", func(context.Context, io.Writer) error { <-failed; return nil }))
		got, err := Execute(t.Context(), g, Options{Root: t.TempDir(), Environ: []string{"PATH=" + os.Getenv("PATH")}, Jobs: 2, KeepGoing: true, Reporter: r})
		if err != nil {
			t.Fatal(err)
		}
		if err := got.Err(); int(failure.CodeOf(err)) != want || !strings.Contains(err.Error(), "(and 1 more)") {
			t.Errorf("%s: %v", script, err)
		}
	}
	for want, f := range map[int]func(context.Context, io.Writer) error{
		5: func(context.Context, io.Writer) error { return fmt.Errorf("wrapped: %w", failure.New(5, "no")) },
		6: func(context.Context, io.Writer) error { return fmt.Errorf("wrapped: %w", fatal{}) },
		1: func(context.Context, io.Writer) error { panic("oh") },
	} {
		if got, _ := run(t, graph(t, do("a", f)), Options{}); int(failure.CodeOf(got.Err())) != want {
			t.Errorf("want %d, got %v", want, got.Err())
		}
	}
	for _, program := range []string{"no-such-program", "./no-such-program"} {
		if got, _ := run(t, graph(t, Task{Name: "a", Steps: []Step{{Argv: []string{program}}}}), Options{}); failure.CodeOf(got.Err()) != 127 {
			t.Errorf("no program: %v", got.Err())
		}
	}
	got, _ := run(t, graph(t, Task{Name: "a", Dir: "none", Steps: shell("", "true").Steps}), Options{})
	if failure.CodeOf(got.Err()) != failure.Unexpected || !strings.Contains(got.Err().Error(), "there is no directory ") {
		t.Errorf("no directory: %v", got.Err())
	}
	slow := shell("slow", "sleep 30")
	slow.Timeout = 50 * time.Millisecond
	if got, _ := run(t, graph(t, slow), Options{}); failure.CodeOf(got.Err()) != 124 || !strings.Contains(got.Err().Error(), "timed out after 50ms") {
		t.Errorf("timeout: %v", got.Err())
	}
}

// fatal is as an error of mg.Fatal.
type fatal struct{}

func (fatal) Error() string   { return "fatal" }
func (fatal) ExitStatus() int { return 6 }

// ending is a recorder that does something at the end of a task.
type ending struct {
	*recorder
	task string
	then func()
}

func (e ending) Finished(r Result) {
	e.recorder.Finished(r)
	if r.Task == e.task {
		e.then()
	}
}

func TestAnEndedContextEndsTheWholeGroupAndSaysWhatNeverRan(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	r := &recorder{}
	ctx, cancel := context.WithCancelCause(t.Context())
	g := graph(t, shell("a", "sleep 300 & echo $! > child; echo ready; wait"), shell("b", "true", "a"))
	o := Options{Root: root, Environ: os.Environ(), Reporter: hook{r, func(line string) { cancel(errors.New("interrupted")) }}}
	_, err := Execute(ctx, g, o)
	if err == nil || err.Error() != "interrupted" {
		t.Errorf("error: %v", err)
	}
	if want := []string{"a canceled (interrupted)", "b not run (interrupted)"}; !slices.Equal(r.finished, want) {
		t.Errorf("got %q, want %q", r.finished, want)
	}
	gone(t, filepath.Join(root, "child"))
}

func TestWhatATaskLeavesRunningEndsWithIt(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	got, _ := run(t, graph(t, shell("a", "sleep 300 & echo $! > child")), Options{Root: root})
	if got.Err() != nil {
		t.Error(got.Err())
	}
	gone(t, filepath.Join(root, "child"))
}

// hook is a recorder that does something at every line.
type hook struct {
	*recorder
	at func(line string)
}

func (h hook) Line(name, text string) { h.recorder.Line(name, text); h.at(text) }

// gone: the process whose id the file has is no more, or waits to be reaped.
func gone(t *testing.T, file string) {
	t.Helper()
	id, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for end := time.Now().Add(3 * time.Second); ; <-look.C {
		stat, err := os.ReadFile("/proc/" + strings.TrimSpace(string(id)) + "/stat")
		if err != nil || strings.Contains(string(stat), ") Z ") {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("still there: %s", stat)
		}
	}
}

func TestATaskSeesTheBaseVariablesAndThoseItNames(t *testing.T) {
	t.Parallel()
	a := shell("a", "env | grep -v '^_=\\|^PWD=\\|^SHLVL=\\|^PATH=\\|^OLDPWD=' | sort")
	a.Env, a.Set = []string{"VITE_*", "CI"}, []string{"MODE=test", "CI=0"}
	_, r := run(t, graph(t, a), Options{Environ: []string{"HOME=/h", "CI=1", "VITE_A=1", "GITHUB_SHA=abc", "DOCKER_HOST=x"}})
	if want := []string{"a: CI=0", "a: HOME=/h", "a: MODE=test", "a: VITE_A=1"}; !slices.Equal(r.lines, want) {
		t.Errorf("got %q, want %q", r.lines, want)
	}
}

func TestTheOutputIsKeptAsItWasAndToldByTheLine(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "outputs")
	got, r := run(t, graph(t, shell("a:b", "printf 'one\\r\\n'; printf two >&2")), Options{Outputs: dir})
	if want := []string{"a:b: one", "a:b: two"}; !slices.Equal(r.lines, want) {
		t.Errorf("got %q, want %q", r.lines, want)
	}
	if text, err := os.ReadFile(got.Results[0].Output); err != nil || string(text) != "one\r\ntwo" {
		t.Errorf("kept: %q, %v", text, err)
	}
}
