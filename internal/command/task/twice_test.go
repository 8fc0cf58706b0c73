package task

import (
	"context"
	"io"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/task"
)

// await waits for what a task of another goroutine does.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	late, tick := time.After(time.Minute), time.NewTicker(5*time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("not within a minute: %s", what)
		}
	}
}

// waiting closes a channel when it is written that a run waits.
type waiting struct {
	io.Writer
	once sync.Once
	said chan struct{}
}

func (w *waiting) Write(p []byte) (int, error) {
	if strings.Contains(string(p), "waiting for another run: ") {
		w.once.Do(func() { close(w.said) })
	}
	return w.Writer.Write(p)
}

// gated is a task that notes each of its runs, and ends when the file "go" is there.
var gated = task.Task{Name: "bundle", Inputs: []string{"src/**"}, Outputs: []string{"dist"},
	Steps: []task.Step{{Argv: []string{"sh", "-c", "echo run >>.spellbook/runs; n=0; until [ -e .spellbook/go ] || [ $n -gt 3000 ]; do n=$((n+1)); sleep 0.02; done; mkdir -p dist; echo made >dist/all"}}}}

// twice starts a run of a task, and when that is at it another, which waits; the first gets
// signals.
func twice(t *testing.T, one task.Task, signals <-chan os.Signal) (r *commandtest.Repository, first, second chan commandtest.Output) {
	t.Helper()
	r = commandtest.NewRepository(t)
	r.Write("src/a", "1")
	r.Write(".spellbook/runs", "")
	o := RunOptions{Tasks: []task.Task{one}, Names: []string{one.Name}}
	said := make(chan struct{})
	begin := func(r commandtest.Repository) chan commandtest.Output {
		end := make(chan commandtest.Output, 1)
		go func() {
			end <- r.Run(func(ctx context.Context, w *app.Run) error {
				w.Err = &waiting{Writer: w.Err, said: said}
				return Run(ctx, w, o)
			})
		}()
		return end
	}
	interrupted := *r
	interrupted.Signals = signals
	first = begin(interrupted)
	await(t, "the first has begun", func() bool { return r.Read(".spellbook/runs") == "run\n" })
	second = begin(*r)
	select {
	case <-said:
	case got := <-second:
		t.Fatalf("it has not waited:\n%s", got)
	}
	return r, first, second
}

func TestTwoRunsAtOnceDoNotDoTheSameTaskTwice(t *testing.T) {
	t.Parallel()
	r, first, second := twice(t, gated, nil)
	r.Write(".spellbook/go", "")
	(<-first).Want(t, failure.OK, "bundle ✔ passed")
	(<-second).Want(t, failure.OK, "bundle │ waiting for another run: task:run (pid ", "bundle = cached")
	if runs := r.Read(".spellbook/runs"); runs != "run\n" || r.Read("dist/all") != "made\n" {
		t.Errorf("it ran %d times", strings.Count(runs, "run"))
	}
}

// What declares no inputs runs each time, but not while it runs.
func TestATaskWithoutInputsRunsAgainWhenTheOtherRunHasEnded(t *testing.T) {
	t.Parallel()
	always := gated
	always.Inputs, always.Outputs = nil, nil
	r, first, second := twice(t, always, nil)
	if runs := r.Read(".spellbook/runs"); runs != "run\n" {
		t.Errorf("both run at once: %q", runs)
	}
	r.Write(".spellbook/go", "")
	(<-first).Want(t, failure.OK)
	(<-second).Want(t, failure.OK, "waiting for another run: task:run (pid ", "bundle ✔ passed")
	if runs := r.Read(".spellbook/runs"); runs != "run\nrun\n" {
		t.Errorf("runs are %q", runs)
	}
}

func TestAnInterruptedRunFreesItsTasksForTheOneThatWaits(t *testing.T) {
	t.Parallel()
	signals := make(chan os.Signal, 1)
	r, first, second := twice(t, gated, signals)
	signals <- syscall.SIGINT
	(<-first).Want(t, failure.Interrupted, "canceled")
	await(t, "the second runs it", func() bool { return r.Read(".spellbook/runs") == "run\nrun\n" })
	r.Write(".spellbook/go", "")
	(<-second).Want(t, failure.OK, "bundle ✔ passed")
}
