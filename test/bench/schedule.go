package main

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// steps is how many steps the schedules have.
const steps = 10_000

// shape is how the steps of a plan hang together.
type shape struct {
	name  string
	after func(i int) []int
}

var shapes = []shape{
	{"no step waits for another", func(int) []int { return nil }},
	{"one chain", func(i int) []int { return before(i, 1) }},
	{"100 layers of 100, each step after 4 of the layer before", func(i int) []int {
		if i < 100 {
			return nil
		}
		layer := i - i%100 - 100
		return []int{layer + i%100, layer + (i+1)%100, layer + (i+17)%100, layer + (i+50)%100}
	}},
}

func before(i, by int) []int {
	if i < by {
		return nil
	}
	return []int{i - by}
}

// idle does nothing, at once.
type idle struct{}

func (idle) Run(context.Context, plan.Step, func(engine.Note)) error { return nil }

// schedule times the executor alone.
func schedule(b *bench) ([]row, error) {
	r := row{title: fmt.Sprintf("Scheduling %d steps that do nothing", steps),
		notes: []string{"The executor alone, eight steps at once, with a sink that counts the events of every step."}}
	for _, s := range shapes {
		took, err := s.measure(b)
		if err != nil {
			return nil, err
		}
		r.sides = append(r.sides, side{name: s.name, command: "engine.Execute", took: took})
		r.bounds = append(r.bounds, under(s.name+", median,", took.median(), 100*time.Millisecond))
	}
	return []row{r}, nil
}

func (s shape) measure(b *bench) (sample, error) {
	p := s.plan()
	var took sample
	for round := range b.rounds.model + 1 {
		runtime.GC()
		events := 0
		began := time.Now()
		result, err := engine.Execute(b.ctx, p, idle{}, engine.Options{Sink: func(engine.Event) { events++ }})
		elapsed := time.Since(began)
		if err == nil && (len(result.Outcomes) != steps || events != 2*steps) {
			err = fmt.Errorf("%d outcomes and %d events of %d steps", len(result.Outcomes), events, steps)
		}
		if err != nil {
			return nil, err
		}
		if round > 0 {
			took = append(took, elapsed)
		}
	}
	return took, nil
}

func (s shape) plan() plan.Plan {
	p := plan.Plan{Project: "bench"}
	for i := range steps {
		step := plan.Step{ID: stepID(i), Action: plan.Record{}}
		for _, j := range s.after(i) {
			step.After = append(step.After, plan.Needs(stepID(j)))
		}
		p.Add(step)
	}
	return p
}

func stepID(i int) plan.ID { return plan.ID(fmt.Sprintf("step %d", i)) }
