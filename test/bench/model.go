package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/project"
)

// sizes are the numbers of services; the bound is on large.
var sizes = []int{250, 500, 1000, 2000}

const large = 1000

// growth is how much dearer a service may be in the largest model than in the
// smallest.
const growth = 1.5

// modelRun is what one size took, by stage.
type modelRun struct {
	size                      int
	load, digest, plan, inAll sample
}

// models times the way from a Compose file to a plan, without an engine.
func models(b *bench) ([]row, error) {
	dir, err := os.MkdirTemp("", "spellbook-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	runs := make([]*modelRun, 0, len(sizes))
	for _, n := range sizes {
		runs = append(runs, &modelRun{size: n})
		if err := writeModel(filepath.Join(dir, fmt.Sprint(n)), n); err != nil {
			return nil, err
		}
	}
	for round := range b.rounds.model + 1 {
		for _, r := range runs {
			if err := r.measure(b, filepath.Join(dir, fmt.Sprint(r.size)), round > 0); err != nil {
				return nil, err
			}
		}
	}
	return []row{modelRow(runs)}, nil
}

// measure goes once from the file to the plan; the first time does not count.
func (r *modelRun) measure(b *bench, dir string, counts bool) error {
	runtime.GC()
	began := time.Now()
	p, err := project.Load(b.ctx, project.Layout{Root: dir}, project.Options{Environ: []string{"PATH=/bin"}})
	if err != nil {
		return err
	}
	loaded := time.Now()
	digests, err := p.Digests()
	if err != nil {
		return err
	}
	digested := time.Now()
	made, err := infra.PlanUp(p, observe.State{}, infra.UpOptions{All: true, Digests: digests})
	planned := time.Now()
	if err == nil && (len(p.Services()) != r.size || len(made.Steps) < 2*r.size) {
		err = fmt.Errorf("%d services and %d steps of a model of %d services", len(p.Services()), len(made.Steps), r.size)
	}
	if err == nil && counts {
		r.load, r.digest = append(r.load, loaded.Sub(began)), append(r.digest, digested.Sub(loaded))
		r.plan, r.inAll = append(r.plan, planned.Sub(digested)), append(r.inAll, planned.Sub(began))
	}
	return err
}

func modelRow(runs []*modelRun) row {
	r := row{title: "A large model: load, validate, digest and plan", notes: []string{
		"In one process, from the Compose file on disk to the plan of a first `infra:up`. Loading validates: schema, variables, references and cycles.",
	}}
	var lines [][]string
	for _, run := range runs {
		s := side{name: fmt.Sprintf("%d services", run.size), command: "project.Load, Digests, infra.PlanUp", took: run.inAll}
		r.sides = append(r.sides, s)
		if run.size == large {
			r.bounds = append(r.bounds, under(s.name+", median,", run.inAll.median(), 1500*time.Millisecond))
		}
		lines = append(lines, []string{s.name, brief(run.load.median()), brief(run.digest.median()), brief(run.plan.median()),
			brief(run.inAll.median()), brief(run.each())})
	}
	r.table = table([]string{"model", "load and validate", "digests", "plan", "in all", "a service"}, lines)
	first, last := runs[0], runs[len(runs)-1]
	times := float64(last.each()) / float64(first.each())
	r.bounds = append(r.bounds, bound{holds: times <= growth, got: digits(times) + " times",
		text: fmt.Sprintf("growth is linear: a service of %d costs at most %.1f times one of %d", last.size, growth, first.size)})
	return r
}

// each is the median time a service.
func (r *modelRun) each() time.Duration { return r.inAll.median() / time.Duration(r.size) }
