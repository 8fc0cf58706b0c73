package timeline

import (
	"cmp"
	"slices"
	"time"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// Build makes the timeline of a run of p that began at began, from all of its
// events in the order they came.
func Build(project string, began time.Time, p plan.Plan, events []engine.Event) Timeline {
	b := newBuilder(began, p, events)
	t := Timeline{Version: Version, Project: project, Began: began, Phases: b.phases(events), Services: b.services()}
	if n := len(events); n > 0 {
		t.TotalMS = b.ms(events[n-1].At)
	}
	t.Legs = b.legs()
	t.CriticalPath = make([]string, 0, len(t.Legs))
	for _, leg := range t.Legs {
		t.CriticalPath = append(t.CriticalPath, leg.Name)
	}
	t.MedianLagMS = medianLag(t.Services)
	return t
}

// span is what became of a step; its times are zero where they never came.
type span struct {
	begun, ended time.Time
	kind         engine.Kind
}

type builder struct {
	began time.Time
	steps []plan.Step
	step  map[plan.ID]plan.Step
	spans map[plan.ID]span
}

func newBuilder(began time.Time, p plan.Plan, events []engine.Event) *builder {
	b := &builder{began: began, steps: p.Steps, step: map[plan.ID]plan.Step{}, spans: map[plan.ID]span{}}
	for _, s := range p.Steps {
		b.step[s.ID] = s
	}
	for _, e := range events {
		s := b.spans[e.Step.ID]
		switch e.Kind {
		case engine.Begun:
			s.begun, s.kind = e.At, e.Kind
		case engine.Noted:
		default:
			s.ended, s.kind = e.At, e.Kind
		}
		b.spans[e.Step.ID] = s
	}
	return b
}

func (b *builder) ms(at time.Time) int64 {
	return at.Sub(b.began).Round(time.Millisecond).Milliseconds()
}

// moment is nil for a time that never came.
func (b *builder) moment(at time.Time) *int64 {
	if at.IsZero() {
		return nil
	}
	ms := b.ms(at)
	return &ms
}

// name is the phase or service that a step belongs to.
func name(s plan.Step) string {
	if phase := phaseName(s); phase != "" {
		return phase
	}
	return s.Service
}

func (b *builder) phases(events []engine.Event) []Phase {
	list := []Phase{}
	if len(events) > 0 && b.ms(events[0].At) > 0 {
		list = append(list, Phase{Name: "prepare", EndMS: b.ms(events[0].At)})
	}
	for _, s := range b.steps {
		at := b.spans[s.ID]
		if called := phaseName(s); called != "" && !at.begun.IsZero() && !at.ended.IsZero() {
			list = append(list, Phase{called, b.ms(at.begun), b.ms(at.ended), at.kind == engine.Failed})
		}
	}
	slices.SortStableFunc(list, func(x, y Phase) int { return cmp.Compare(x.StartMS, y.StartMS) })
	return list
}

// medianLag is that of the services that waited for another service.
func medianLag(services []Service) int64 {
	var lags []int64
	for _, s := range services {
		if s.LagMS != nil && len(s.DependsOn) > 0 {
			lags = append(lags, *s.LagMS)
		}
	}
	if len(lags) == 0 {
		return 0
	}
	slices.Sort(lags)
	mid := len(lags) / 2
	if len(lags)%2 == 1 {
		return lags[mid]
	}
	return (lags[mid-1] + lags[mid]) / 2
}
