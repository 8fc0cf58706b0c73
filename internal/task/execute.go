package task

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sourcegraph/conc"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// Options of a run.
type Options struct {
	Root    string   // absolute
	Environ []string // KEY=value; each task sees its part of it
	// Outputs is the directory for the files with the tasks' output, cached ones' too; ""
	// keeps none.
	Outputs string
	// Jobs is how many tasks run at once; 0: the number of processors.
	Jobs int
	// KeepGoing: after a failure, what does not need the failed task still runs. Else
	// what runs beside it is canceled, and nothing more begins.
	KeepGoing bool
	// Cache is asked for tasks that declare inputs; nil: every task runs.
	Cache    Cache
	Reporter Reporter         // nil: nobody hears of it
	Now      func() time.Time // nil: time.Now
}

// Run is what a run came to.
type Run struct {
	Results []Result // in the graph's order
	// First is the index of the task that failed first by itself, -1 where none did.
	First int
}

// Err is the first failure with its exit code, or why the run was canceled; nil where
// all went well.
func (r Run) Err() error {
	if r.First < 0 {
		return nil
	}
	failed := 0
	for _, t := range r.Results {
		if t.Outcome == Failed {
			failed++
		}
	}
	first := r.Results[r.First]
	e := failure.New(failure.Code(first.Code), "task %s failed: %w", first.Task, first.Err)
	if failed > 1 {
		e.Message += fmt.Sprintf(" (and %d more)", failed-1)
	}
	return e
}

// Execute runs every task of the graph once, a task after those it needs. The error is
// that of a context that ended, or of a cache that cannot be written; failures of tasks
// are in the Run.
func Execute(ctx context.Context, g *Graph, o Options) (Run, error) {
	if o.Jobs <= 0 {
		o.Jobs = runtime.NumCPU()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Reporter == nil {
		o.Reporter = silent{}
	}
	w := newWalk(ctx, g, o)
	defer w.stop(nil)
	w.run()
	err := w.close()
	if ctx.Err() != nil {
		return w.result, context.Cause(ctx)
	}
	return w.result, err
}

// errStopped is the cause of what is canceled since another task failed.
type errStopped struct{ task string }

func (e errStopped) Error() string { return e.task + " failed" }

// errNoResult is of a task whose goroutine ended before it: what panicked outside of a
// task's function panics again when all have ended.
var errNoResult = errors.New("its goroutine ended early: runtime.Goexit was called, or something has panicked")

type walk struct {
	Options
	ctx   context.Context
	stop  context.CancelCauseFunc
	tasks []Task
	index map[string]int
	next  [][]int // dependents
	group conc.WaitGroup
	logs  func() map[string]bool // files that were in Outputs before

	mu      sync.Mutex // guards what follows
	turn    *sync.Cond // there is a task to run, or none will be any more
	waiting []int      // how many needs have not ended
	ready   []int
	running int
	result  Run
}

func newWalk(ctx context.Context, g *Graph, o Options) *walk {
	n := len(g.tasks)
	w := &walk{Options: o, tasks: g.tasks, index: g.index, next: make([][]int, n), waiting: make([]int, n),
		result: Run{Results: make([]Result, n), First: -1}}
	w.turn = sync.NewCond(&w.mu)
	w.logs = sync.OnceValue(w.listLogs)
	w.ctx, w.stop = context.WithCancelCause(ctx)
	for i, t := range g.tasks {
		w.result.Results[i] = Result{Task: t.Name}
		w.waiting[i] = len(t.Needs)
		for _, need := range t.Needs {
			w.next[g.index[need]] = append(w.next[g.index[need]], i)
		}
		if len(t.Needs) == 0 {
			w.ready = append(w.ready, i)
		}
	}
	return w
}

// run has as many goroutines as tasks may run at once. Each takes the next task itself: to
// be handed a thousand that need not run costs more than to look at them.
func (w *walk) run() {
	for range min(w.Jobs, len(w.tasks)) {
		w.group.Go(w.work)
	}
	w.group.Wait()
	for i := range w.result.Results {
		if w.result.Results[i].Outcome == "" {
			w.settle(i, Result{Task: w.tasks[i].Name, Outcome: NotRun, Cause: context.Cause(w.ctx).Error()})
		}
	}
}

func (w *walk) work() {
	for i, ok := w.take(); ok; i, ok = w.take() {
		w.one(i)
	}
}

// take waits for a task whose turn it is; there is none any more where none runs.
func (w *walk) take() (int, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.ctx.Err() == nil {
		if len(w.ready) > 0 {
			i := w.ready[0]
			w.ready = w.ready[1:]
			w.running++
			return i, true
		}
		if w.running == 0 {
			break
		}
		w.turn.Wait()
	}
	return 0, false
}

// one runs a task. Where its goroutine ends with it, another takes the others.
func (w *walk) one(i int) {
	t := &w.tasks[i]
	var r Result
	ended := false
	defer func() {
		if !ended {
			r = Result{Task: t.Name, Outcome: Failed, Code: int(failure.Unexpected), Err: errNoResult, Began: w.Now()}
			defer w.group.Go(w.work)
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		defer w.turn.Broadcast()
		w.running--
		w.settle(i, r)
	}()
	r, ended = w.once(w.ctx, t, w.needed(t)), true
}

// needed is what the tasks that a task needs have made.
func (w *walk) needed(t *Task) []Needed {
	w.mu.Lock()
	defer w.mu.Unlock()
	needed := make([]Needed, len(t.Needs))
	for i, name := range t.Needs {
		needed[i] = Needed{name, w.result.Results[w.index[name]].Made}
	}
	slices.SortFunc(needed, func(a, b Needed) int { return strings.Compare(a.Task, b.Task) })
	return needed
}

// settle notes a result, and what follows from it for the others.
func (w *walk) settle(i int, r Result) {
	w.result.Results[i] = r
	w.Reporter.Finished(r)
	switch r.Outcome {
	case Passed, Cached:
		for _, d := range w.next[i] {
			if w.waiting[d]--; w.waiting[d] == 0 && w.result.Results[d].Outcome == "" {
				w.ready = append(w.ready, d)
			}
		}
	case Failed:
		if w.result.First < 0 {
			w.result.First = i
		}
		w.skip(i, r.Task)
		if !w.KeepGoing {
			w.stop(errStopped{r.Task})
		}
	}
}

// skip names the failed task for all that need it, through whatever is between.
func (w *walk) skip(i int, cause string) {
	for _, d := range w.next[i] {
		if w.result.Results[d].Outcome == "" {
			w.settle(d, Result{Task: w.tasks[d].Name, Outcome: Skipped, Cause: cause})
			w.skip(d, cause)
		}
	}
}

// close lets the cache write, and takes over what it has to tell of tasks.
func (w *walk) close() error {
	if w.Cache == nil {
		return nil
	}
	told, err := w.Cache.Close(w.result.Results)
	for i := range w.result.Results {
		r := &w.result.Results[i]
		r.Warnings = append(r.Warnings, told[r.Task]...)
	}
	return err
}

// canceled tells a task that was ended from one that failed by itself.
func canceled(ctx context.Context, err error) bool {
	return ctx.Err() != nil && err != nil && !errors.Is(err, errTimeout)
}

type silent struct{}

func (silent) Started(string)      {}
func (silent) Line(string, string) {}
func (silent) Finished(Result)     {}
