package engine

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sourcegraph/conc"

	"github.com/infinitescribe/spellbook/internal/plan"
)

// ErrStopped is the cause of a cancelled wait after another step failed.
var ErrStopped = errors.New("stopped because another step failed")

// Runner does what a step says. note may be called from any goroutine until
// Run returns.
type Runner interface {
	Run(ctx context.Context, step plan.Step, note func(Note)) error
}

// Options tune a run. The zero value is silent.
type Options struct {
	// Limit is how many steps run at once, 0 means 8. Waits do not count, and
	// starts have a limit of their own: Starts, 0 means the number of
	// processors and at least 3. More at once make each of them slower, and
	// with it the one that others wait for.
	Limit, Starts int
	Sink          func(Event)
	Now           func() time.Time
}

// Outcome is how a step ended, and when.
type Outcome struct {
	Kind       Kind
	Err        error
	Begun, End time.Time
	Word       string // see Event
}

// Result is what a run came to.
type Result struct {
	Outcomes map[plan.ID]Outcome
	// Failures are the steps that failed by themselves, in the order they did.
	Failures []plan.ID
}

// Err is the first failure, nil when all went well or was only cancelled.
func (r Result) Err() error {
	if len(r.Failures) == 0 {
		return nil
	}
	return r.Outcomes[r.Failures[0]].Err
}

// Execute walks p until every step has ended. A failed step stops the run:
// waits are cancelled, what has not begun is skipped, what has begun is let
// finish. Optional failures skip only what hangs on them. The error is that of
// a malformed plan; failures are in the Result.
func Execute(ctx context.Context, p plan.Plan, r Runner, o Options) (Result, error) {
	if err := p.Validate(); err != nil {
		return Result{}, err
	}
	w := newWalk(ctx, p, r, o)
	defer w.stopWaits(nil)
	w.run()
	return w.result, nil
}

type ended struct {
	index int
	err   error
	at    time.Time
	word  string
}

type walk struct {
	ctx, waitCtx context.Context
	stopWaits    context.CancelCauseFunc
	steps        []plan.Step
	next         [][]int
	waiting      []int
	blocked      []bool
	runner       Runner
	sink         *sink
	now          func() time.Time
	lanes        [2]lane // ordinary steps, and starts
	ends         chan ended
	group        conc.WaitGroup
	result       Result
	stopped      bool
	open         int // begun and not ended
}

func newWalk(ctx context.Context, p plan.Plan, r Runner, o Options) *walk {
	if o.Limit <= 0 {
		o.Limit = 8
	}
	if o.Starts <= 0 {
		o.Starts = max(3, runtime.NumCPU())
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	w := &walk{
		ctx: ctx, steps: p.Steps, runner: r, now: o.Now, sink: &sink{to: o.Sink},
		lanes: [2]lane{{free: o.Limit}, {free: o.Starts}}, ends: make(chan ended, len(p.Steps)),
		waiting: make([]int, len(p.Steps)), next: make([][]int, len(p.Steps)), blocked: make([]bool, len(p.Steps)),
		result: Result{Outcomes: make(map[plan.ID]Outcome, len(p.Steps))},
	}
	w.waitCtx, w.stopWaits = context.WithCancelCause(ctx)
	w.link()
	return w
}

func (w *walk) link() {
	index := make(map[plan.ID]int, len(w.steps))
	for i, s := range w.steps {
		index[s.ID] = i
	}
	for i, s := range w.steps {
		w.waiting[i] = len(s.After)
		for _, e := range s.After {
			w.next[index[e.ID]] = append(w.next[index[e.ID]], i)
		}
	}
}

// run begins what nothing waits for, then follows each end.
func (w *walk) run() {
	for i := range w.steps {
		if w.waiting[i] == 0 {
			w.begin(i)
		}
	}
	for w.open > 0 {
		w.end(<-w.ends)
	}
	w.group.Wait()
}

// begin starts step i, queues it, or skips it and whatever hangs on it.
func (w *walk) begin(i int) {
	l := w.laneOf(i)
	switch {
	case w.over(i):
		w.close(i, Outcome{Kind: Skipped, End: w.now()})
	case l == nil:
		w.launch(i)
	default:
		l.add(i)
		w.pump(l)
	}
}

// over: step i will never begin.
func (w *walk) over(i int) bool { return w.blocked[i] || w.stopped || w.ctx.Err() != nil }

// laneOf is what step i has to queue in; waits queue nowhere.
func (w *walk) laneOf(i int) *lane {
	switch lane := w.steps[i].Action.Lane(); {
	case lane.Waits():
		return nil
	case lane == plan.LaneStart:
		return &w.lanes[1]
	}
	return &w.lanes[0]
}

// pump launches what a lane has room for, in the order of the plan.
func (w *walk) pump(l *lane) {
	for l.free > 0 && len(l.queue) > 0 {
		i := l.next()
		if w.over(i) {
			w.close(i, Outcome{Kind: Skipped, End: w.now()})
			continue
		}
		l.free--
		w.launch(i)
	}
}

func (w *walk) launch(i int) {
	w.open++
	step, ctx := w.steps[i], w.ctx
	if step.Action.Lane().Waits() {
		ctx = w.waitCtx
	}
	w.result.Outcomes[step.ID] = Outcome{Begun: w.now()}
	w.group.Go(func() {
		w.sink.send(Event{At: w.now(), Kind: Begun, Step: step})
		var word atomic.Value // of the last that said one, where a step is about several containers
		word.Store("")
		err := w.runner.Run(ctx, step, func(n Note) {
			if n.End != "" {
				word.Store(n.End)
				return
			}
			w.sink.send(Event{At: w.now(), Kind: Noted, Step: step, Note: n})
		})
		w.ends <- ended{index: i, err: err, at: w.now(), word: word.Load().(string)}
	})
}

func (w *walk) end(e ended) {
	w.open--
	step, l := w.steps[e.index], w.laneOf(e.index)
	o := Outcome{Kind: Done, Begun: w.result.Outcomes[step.ID].Begun, End: e.at, Err: e.err, Word: e.word}
	if e.err != nil {
		o.Kind = w.kindOf(e.err)
	}
	if o.Kind == Cancelled { // not the words in which the step's own call broke off
		o.Err = context.Cause(w.waitCtx)
	}
	if o.Kind == Failed {
		w.result.Failures = append(w.result.Failures, step.ID)
		if !step.Optional {
			w.stopped = true
			w.stopWaits(ErrStopped)
		}
	}
	w.close(e.index, o)
	if l != nil {
		l.free++
		w.pump(l)
	}
}

// kindOf tells a failure of the step's own from one that the run's end caused.
func (w *walk) kindOf(err error) Kind {
	if w.waitCtx.Err() != nil && errors.Is(err, context.Cause(w.waitCtx)) {
		return Cancelled
	}
	if w.waitCtx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) {
		return Cancelled
	}
	return Failed
}

// close records an end and frees the steps behind it.
func (w *walk) close(i int, o Outcome) {
	step := w.steps[i]
	w.result.Outcomes[step.ID] = o
	took := time.Duration(0)
	if !o.Begun.IsZero() {
		took = o.End.Sub(o.Begun)
	}
	w.sink.send(Event{At: o.End, Kind: o.Kind, Step: step, Err: o.Err, Took: took, Word: o.Word})
	for _, j := range w.next[i] {
		if o.Kind != Done && !soft(w.steps[j], step.ID) {
			w.blocked[j] = true
		}
		if w.waiting[j]--; w.waiting[j] == 0 {
			w.begin(j)
		}
	}
}

func soft(s plan.Step, on plan.ID) bool {
	for _, e := range s.After {
		if e.ID == on && !e.Soft {
			return false
		}
	}
	return true
}

// lane is a queue of steps for a limited number of places.
type lane struct {
	free  int
	queue []int // indices of the plan, sorted
}

func (l *lane) add(i int) {
	at, _ := slices.BinarySearch(l.queue, i)
	l.queue = slices.Insert(l.queue, at, i)
}

// next takes the first in the order of the plan.
func (l *lane) next() int {
	i := l.queue[0]
	l.queue = l.queue[1:]
	return i
}

// sink hands events on one at a time.
type sink struct {
	mu sync.Mutex
	to func(Event)
}

func (s *sink) send(e Event) {
	if s.to == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.to(e)
}
