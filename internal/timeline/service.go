package timeline

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// services are the services the plan starts or awaits.
func (b *builder) services() []Service {
	index := map[string]int{}
	list := []Service{}
	for _, s := range b.steps {
		if !ofService(s) {
			continue
		}
		i, known := index[s.Service]
		if !known {
			i = len(list)
			index[s.Service] = i
			list = append(list, Service{Name: s.Service, DependsOn: []Dependency{}})
		}
		b.apply(&list[i], s)
	}
	slices.SortStableFunc(list, func(x, y Service) int {
		return cmp.Or(cmp.Compare(first(x), first(y)), cmp.Compare(x.Name, y.Name))
	})
	return list
}

// first is the moment a service is sorted by; services that were running
// already when the run began come first.
func first(s Service) int64 {
	switch {
	case s.StartedMS != nil:
		return *s.StartedMS
	case s.State == Skipped:
		return math.MaxInt64
	}
	return 0
}

// apply adds to a service what one of its steps says.
func (b *builder) apply(to *Service, s plan.Step) {
	at := b.spans[s.ID]
	to.State = worse(to.State, stateOf(s, at.kind))
	if s.Action.Lane() == plan.LaneStart {
		b.start(to, s, at)
	}
	if at.begun.IsZero() {
		return
	}
	switch at.kind {
	case engine.Failed, engine.Cancelled:
		to.EndedMS = later(to.EndedMS, b.moment(at.ended))
	case engine.Done:
		if s.Action.Lane().Waits() {
			to.ReadyMS = later(to.ReadyMS, b.moment(at.ended))
			to.TookMS = later(to.TookMS, b.took(s, at))
		}
	}
}

// took is how long a wait and the start before it took, as progress tells it.
func (b *builder) took(s plan.Step, at span) *int64 {
	begun := at.begun
	for _, e := range s.After {
		if b.step[e.ID].Action.Lane() == plan.LaneStart && !b.spans[e.ID].begun.IsZero() {
			begun = b.spans[e.ID].begun
		}
	}
	ms := at.ended.Sub(begun).Round(time.Millisecond).Milliseconds()
	return &ms
}

// start adds the start call and what it waited for.
func (b *builder) start(to *Service, s plan.Step, at span) {
	for _, e := range s.After {
		if e.Condition != "" {
			to.DependsOn = append(to.DependsOn, Dependency{Service: b.step[e.ID].Service, Condition: e.Condition})
		}
		if created := b.spans[e.ID]; created.kind == engine.Done && b.step[e.ID].Action.Lane() == plan.LaneCreate {
			to.CreatedMS = b.moment(created.ended)
		}
	}
	if at.begun.IsZero() {
		return
	}
	to.StartedMS = b.moment(at.begun)
	if at.kind == engine.Done {
		to.RunningMS = b.moment(at.ended)
	}
	if last, ok := b.before(s); ok {
		lag := at.begun.Sub(b.spans[last.ID].ended).Round(time.Millisecond).Milliseconds()
		to.WaitedFor, to.LagMS = name(last), &lag
	}
}

// before is the step that ended last of those that s comes after.
func (b *builder) before(s plan.Step) (last plan.Step, ok bool) {
	for _, e := range s.After {
		at := b.spans[e.ID]
		if at.begun.IsZero() || at.ended.IsZero() || ok && !at.ended.After(b.spans[last.ID].ended) {
			continue
		}
		last, ok = b.step[e.ID], true
	}
	return last, ok
}

func stateOf(s plan.Step, kind engine.Kind) State {
	switch kind {
	case engine.Failed:
		return Failed
	case engine.Skipped:
		return Skipped
	case engine.Done:
		return doneState(s)
	}
	return Cancelled
}

func doneState(s plan.Step) State {
	switch s.Action.Lane() {
	case plan.LaneReady:
		return Ready
	case plan.LaneExit:
		return Done
	}
	return Started
}

// worse keeps the state that says more: a failure over what was skipped
// because of it, that over a cut, and the end over the start.
func worse(x, y State) State {
	order := []State{"", Started, Ready, Done, Skipped, Cancelled, Failed}
	if slices.Index(order, x) > slices.Index(order, y) {
		return x
	}
	return y
}

func later(x, y *int64) *int64 {
	if x == nil || y != nil && *y > *x {
		return y
	}
	return x
}
