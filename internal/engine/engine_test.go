package engine_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// world is a runner that checks, at every begin, that all it comes after has
// ended, and fails the steps it is told to fail.
type world struct {
	t     interface{ Errorf(string, ...any) }
	mu    sync.Mutex
	ended map[plan.ID]bool
	ok    map[plan.ID]bool
	fails map[plan.ID]bool
	ran   int
}

func newWorld(t interface{ Errorf(string, ...any) }) *world {
	return &world{t: t, ended: map[plan.ID]bool{}, ok: map[plan.ID]bool{}, fails: map[plan.ID]bool{}}
}

var errStep = errors.New("step failed")

func (w *world) Run(_ context.Context, s plan.Step, _ func(engine.Note)) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range s.After {
		if !w.ok[e.ID] && !e.Soft {
			w.t.Errorf("%s began before %s had succeeded", s.ID, e.ID)
		}
		if e.Soft && !w.ended[e.ID] && len(w.fails) == 0 {
			w.t.Errorf("%s began before %s had ended", s.ID, e.ID)
		}
	}
	w.ran++
	w.ended[s.ID] = true
	w.ok[s.ID] = !w.fails[s.ID]
	if w.fails[s.ID] {
		return errStep
	}
	return nil
}

// graph draws a random acyclic plan.
func graph(t *rapid.T) plan.Plan {
	n := rapid.IntRange(1, 60).Draw(t, "steps")
	var p plan.Plan
	for i := range n {
		s := plan.Step{ID: plan.ID(fmt.Sprint(i)), Action: plan.StartContainers{}}
		for j := range i {
			if rapid.IntRange(0, 5).Draw(t, "arrow") == 0 {
				s.After = append(s.After, plan.Edge{ID: plan.ID(fmt.Sprint(j)), Soft: rapid.Bool().Draw(t, "soft")})
			}
		}
		p.Add(s)
	}
	return p
}

func TestNoStepBeginsBeforeWhatItNeedsAndAllAreReached(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, w := graph(t), newWorld(t)
		r, err := engine.Execute(context.Background(), p, w, engine.Options{Limit: rapid.IntRange(1, 9).Draw(t, "limit")})
		if err != nil || r.Err() != nil {
			t.Fatalf("execute: %v, %v", err, r.Err())
		}
		if w.ran != len(p.Steps) || len(r.Outcomes) != len(p.Steps) {
			t.Fatalf("%d of %d steps ran, %d outcomes", w.ran, len(p.Steps), len(r.Outcomes))
		}
	})
}

func TestAnOptionalFailureSkipsOnlyWhatNeedsIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, w := graph(t), newWorld(t)
		for i := range p.Steps {
			if rapid.IntRange(0, 6).Draw(t, "fails") == 0 {
				p.Steps[i].Optional = true
				w.fails[p.Steps[i].ID] = true
			}
		}
		r, err := engine.Execute(context.Background(), p, w, engine.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range p.Steps {
			if got, want := r.Outcomes[s.ID].Kind, expected(s, r, w); got != want {
				t.Fatalf("%s ended as %s, want %s", s.ID, got, want)
			}
		}
	})
}

// expected is what a step must come to, given how those before it ended.
func expected(s plan.Step, r engine.Result, w *world) engine.Kind {
	for _, e := range s.After {
		if !e.Soft && r.Outcomes[e.ID].Kind != engine.Done {
			return engine.Skipped
		}
	}
	if w.fails[s.ID] {
		return engine.Failed
	}
	return engine.Done
}

// waiter runs waits until their context ends, and everything else at once.
type waiter struct{ fail plan.ID }

func (w waiter) Run(ctx context.Context, s plan.Step, _ func(engine.Note)) error {
	if s.ID == w.fail {
		return errStep
	}
	if s.Action.Lane().Waits() {
		<-ctx.Done()
		return context.Cause(ctx)
	}
	return nil
}

func TestAFailureStopsWaitsAndSkipsWhatHasNotBegun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := plan.Plan{Steps: []plan.Step{
			{ID: "bad", Action: plan.StartContainers{}},
			{ID: "wait", Action: plan.AwaitReady{}},
			{ID: "after bad", After: []plan.Edge{plan.Needs("bad")}, Action: plan.StartContainers{}},
			{ID: "after wait", After: []plan.Edge{plan.Needs("wait")}, Action: plan.StartContainers{}},
		}}
		r, err := engine.Execute(t.Context(), p, waiter{fail: "bad"}, engine.Options{})
		if err != nil || !errors.Is(r.Err(), errStep) {
			t.Fatalf("got %v, %v", err, r.Err())
		}
		want := map[plan.ID]engine.Kind{"bad": engine.Failed, "wait": engine.Cancelled, "after bad": engine.Skipped, "after wait": engine.Skipped}
		for id, kind := range want {
			if got := r.Outcomes[id].Kind; got != kind {
				t.Errorf("%s: %s, want %s", id, got, kind)
			}
		}
	})
}

func TestATimeoutIsTheCauseOfEveryCutWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		late := errors.New("late")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, late)
		defer cancel()
		p := plan.Plan{Steps: []plan.Step{{ID: "a", Action: plan.AwaitReady{}}, {ID: "b", Action: plan.AwaitExit{}}}}
		r, err := engine.Execute(ctx, p, waiter{}, engine.Options{})
		if err != nil || len(r.Failures) != 0 {
			t.Fatalf("got %v, failures %v", err, r.Failures)
		}
		for _, id := range []plan.ID{"a", "b"} {
			if o := r.Outcomes[id]; o.Kind != engine.Cancelled || !errors.Is(o.Err, late) {
				t.Errorf("%s: %s %v", id, o.Kind, o.Err)
			}
		}
	})
}

func TestEventsComeInOrderAndEndOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, ends := graph(t), map[plan.ID]int{}
		_, err := engine.Execute(context.Background(), p, newWorld(t), engine.Options{Sink: func(e engine.Event) {
			for _, edge := range e.Step.After {
				if e.Kind == engine.Begun && ends[edge.ID] != 1 {
					t.Errorf("%s begun before the end of %s was told", e.Step.ID, edge.ID)
				}
			}
			if e.Kind == engine.Done {
				ends[e.Step.ID]++
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		for id, n := range ends {
			if n != 1 {
				t.Errorf("%s ended %d times", id, n)
			}
		}
	})
}

func TestAMalformedPlanIsRefusedBeforeAnythingRuns(t *testing.T) {
	a := plan.Step{ID: "a", Action: plan.StartContainers{}, After: []plan.Edge{plan.Needs("b")}}
	b := plan.Step{ID: "b", Action: plan.StartContainers{}, After: []plan.Edge{plan.Needs("a")}}
	lost := plan.Step{ID: "a", Action: plan.StartContainers{}, After: []plan.Edge{plan.Needs("nowhere")}}
	twice := plan.Step{ID: "a", Action: plan.StartContainers{}}
	for name, steps := range map[string][]plan.Step{"circle": {a, b}, "nowhere": {lost}, "twice": {twice, twice}} {
		w := newWorld(t)
		if _, err := engine.Execute(t.Context(), plan.Plan{Steps: steps}, w, engine.Options{}); err == nil || w.ran > 0 {
			t.Errorf("%s: err %v after %d steps", name, err, w.ran)
		}
	}
}

type nop struct{}

func (nop) Run(context.Context, plan.Step, func(engine.Note)) error { return nil }

// BenchmarkScheduling walks 10,000 steps that do nothing, ten to a level.
func BenchmarkScheduling(b *testing.B) {
	p := layered(10_000, 10)
	for b.Loop() {
		if _, err := engine.Execute(context.Background(), p, nop{}, engine.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func layered(n, width int) plan.Plan {
	var p plan.Plan
	for i := range n {
		s := plan.Step{ID: plan.ID(fmt.Sprint("step ", i)), Action: plan.StartContainers{}}
		for j := i - i%width - width; j >= 0 && j < i-i%width; j += 3 {
			s.After = append(s.After, plan.Needs(plan.ID(fmt.Sprint("step ", j))))
		}
		p.Add(s)
	}
	return p
}
