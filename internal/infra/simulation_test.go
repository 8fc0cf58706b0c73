package infra_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/project"
)

// simulation is an engine with the Compose CLI that runs a plan's steps, and
// refuses what the real ones would refuse or what comes too early.
type simulation struct {
	p       *project.Project
	mu      sync.Mutex
	all     map[string]*observe.Container // by name
	last    observe.Record
	images  bool
	reshape bool // the next create makes the network anew
	gone    bool // the network is not there
	forced  map[string]bool
}

func newSimulation(p *project.Project, s observe.State, reshape, gone bool, o infra.UpOptions) *simulation {
	w := &simulation{p: p, all: map[string]*observe.Container{}, last: s.Last, images: !s.Missing["image:1"],
		reshape: reshape && o.Digests.Reshape(s.Last.Digests), forced: map[string]bool{}}
	for _, list := range s.Containers {
		for _, c := range list {
			w.gone = w.gone || gone && c.State == "running" && len(c.Networks) == 0
			w.all[c.Name] = &c
		}
	}
	return w
}

// state is what the next run sees.
func (w *simulation) state() observe.State {
	s := observe.State{Containers: map[string][]observe.Container{}, Last: w.last}
	for _, name := range slices.Sorted(maps.Keys(w.all)) {
		c := *w.all[name]
		s.Containers[c.Service] = append(s.Containers[c.Service], c)
	}
	return s
}

// Run does one step at once.
func (w *simulation) Run(_ context.Context, step plan.Step, _ func(engine.Note)) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch a := step.Action.(type) {
	case plan.PullImage:
		w.images = true
		return nil
	case plan.Compose:
		return w.compose(a.Argv)
	case plan.StartContainers:
		return w.each(a.Names, w.start)
	case plan.StopContainers:
		return w.each(a.Names, w.stop)
	case plan.RemoveContainers:
		return w.each(a.Names, func(c *observe.Container) error { delete(w.all, c.Name); return nil })
	case plan.RenameContainer:
		if w.all[a.To] != nil {
			return fmt.Errorf("the name %s is taken", a.To)
		}
		return w.each([]string{a.Name}, func(c *observe.Container) error {
			delete(w.all, a.Name)
			c.Name = a.To
			w.all[a.To] = c
			return nil
		})
	case plan.AwaitReady:
		return w.each(a.Names, func(c *observe.Container) error { return ready(c, a.Check) })
	case plan.AwaitExit:
		return w.each(a.Names, exit)
	case plan.Record:
		w.record()
		return nil
	}
	return fmt.Errorf("%s: not simulated", step.ID)
}

func (w *simulation) each(names []string, do func(*observe.Container) error) error {
	for _, name := range names {
		c := w.all[name]
		if c == nil {
			return fmt.Errorf("no such container: %s", name)
		}
		if err := do(c); err != nil {
			return err
		}
	}
	return nil
}

// record is what the workflow's runner writes.
func (w *simulation) record() {
	d, _ := w.p.Digests()
	w.last = w.last.Merge(d)
	w.last.Hashes = map[string]string{}
	for service, have := range w.state().Containers {
		w.last.Hashes[service] = have[0].ConfigHash
	}
}

// compose knows create, up --no-start and up --no-deps.
func (w *simulation) compose(argv []string) error {
	alone := argv[0] == "up" && argv[1] == "--no-start"
	switch {
	case alone:
		argv = argv[2:]
	case argv[0] == "up":
		return w.up(argv[len(argv)-1])
	}
	argv = argv[1:]
	if argv[0] == "--force-recreate" {
		argv = argv[1:]
		for _, name := range argv {
			w.forced[name] = true
		}
	}
	if !w.images {
		return fmt.Errorf("create pulls images itself")
	}
	if w.reshape {
		for _, c := range w.all {
			_ = w.stop(c)
		}
	}
	recreated, converged := map[string]bool{}, argv
	if !alone {
		converged = w.closure(argv)
	}
	for _, name := range converged {
		if err := w.converge(name, recreated); err != nil {
			return err
		}
	}
	w.reshape, w.gone = false, false
	clear(w.forced)
	return nil
}

// completes: somebody waits for the service's end.
func (w *simulation) completes(service string) bool {
	for _, name := range w.p.Services() {
		for _, d := range w.p.Dependencies(name) {
			if d.On == service && d.Condition == "service_completed_successfully" {
				return true
			}
		}
	}
	return false
}

// up starts what does not run, and refuses a paused container.
func (w *simulation) up(service string) error {
	for _, c := range w.of(service) {
		if c.State == "paused" {
			return fmt.Errorf("%s: cannot start a paused container", c.Name)
		}
		if err := w.start(c); err != nil {
			return err
		}
	}
	return nil
}

// closure is the named services with what they depend on, dependencies first.
func (w *simulation) closure(named []string) []string {
	var list []string
	var add func(string)
	add = func(name string) {
		if slices.Contains(list, name) {
			return
		}
		for _, d := range w.p.Dependencies(name) {
			add(d.On)
		}
		list = append(list, name)
	}
	for _, name := range named {
		add(name)
	}
	return list
}

// of are a service's containers by number.
func (w *simulation) of(service string) []*observe.Container {
	var list []*observe.Container
	for _, c := range w.all {
		if c.Service == service {
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b *observe.Container) int { return a.Number - b.Number })
	return list
}

// converge is docker/compose pkg/compose/reconcile.go, reconcileService.
func (w *simulation) converge(service string, recreated map[string]bool) error {
	parent := slices.ContainsFunc(w.p.Model.Services[service].VolumesFrom, func(name string) bool { return recreated[name] })
	obsolete := func(c *observe.Container) int {
		lost := c.State == "running" && len(c.Networks) == 0 && !w.gone
		if parent || lost || w.forced[service] || c.ConfigHash != "hash" || c.Image != "image:1" {
			return 1
		}
		return 0
	}
	list, highest := w.of(service), 0
	for _, c := range list {
		highest = max(highest, c.Number)
	}
	slices.SortStableFunc(list, func(a, b *observe.Container) int { return obsolete(a) - obsolete(b) })
	want := w.p.Replicas(service)
	for i, c := range list {
		switch {
		case i >= want:
			delete(w.all, c.Name)
		case obsolete(c) == 1:
			w.make(service, c.Number)
			recreated[service] = true
			w.stopDependents(service)
		case c.State == "dead":
			return fmt.Errorf("%s: a dead container is in the way", c.Name)
		case c.State == "paused":
			return fmt.Errorf("%s: cannot start a paused container", c.Name)
		}
	}
	for n := range want - len(list) {
		w.make(service, highest+1+n)
	}
	return nil
}

func (w *simulation) make(service string, n int) {
	c := &observe.Container{Name: w.p.ContainerName(service, n), Service: service, Number: n, Project: w.p.Name,
		Image: "image:1", ConfigHash: "hash", State: "created", Files: w.p.Files, Networks: []string{w.p.Name + "_default"}}
	w.all[c.Name] = c
}

// stopDependents ends what asks to be restarted with service.
func (w *simulation) stopDependents(service string) {
	for _, name := range w.p.Services() {
		for _, d := range w.p.Dependencies(name) {
			if d.On != service || !d.Restart {
				continue
			}
			for _, c := range w.of(name) {
				_ = w.stop(c)
			}
		}
	}
}

func (w *simulation) stop(c *observe.Container) error {
	if c.State == "running" || c.State == "paused" {
		c.State, c.Health, c.Stopped = "exited", "", true
	}
	return nil
}

// start refuses a start before its conditions hold; one that is paused has
// been started already.
func (w *simulation) start(c *observe.Container) error {
	if c.State == "running" {
		return nil
	}
	for _, d := range w.p.Dependencies(c.Service) {
		if err := w.holds(d); err != nil && c.State != "paused" {
			return fmt.Errorf("%s is started too early: %w", c.Name, err)
		}
	}
	c.State, c.Health, c.Stopped = "running", "", false
	if len(w.p.Check(c.Service).Test) > 0 {
		c.Health = "starting"
	}
	return nil
}

func (w *simulation) holds(d project.Dependency) error {
	list := w.of(d.On)
	if len(list) != w.p.Replicas(d.On) {
		return fmt.Errorf("%s has %d containers", d.On, len(list))
	}
	check := w.p.Check(d.On)
	for _, c := range list {
		ended := c.State == "exited" && c.ExitCode == 0 && !c.Stopped && (check.OneShot || w.completes(d.On))
		ok := ended || c.State == "running"
		switch {
		case d.Condition == "service_completed_successfully":
			ok = ended
		case d.Condition == "service_healthy" && len(check.Test) > 0:
			ok = c.State == "running" && c.Health == "healthy" || ended && w.completes(d.On)
		}
		if !ok {
			return fmt.Errorf("%s of %s is not true of %s (%s)", d.Condition, d.On, c.Name, strings.TrimSpace(c.State+" "+c.Health))
		}
	}
	return nil
}

// ready turns healthy what runs; waiting for what nobody starts has no end.
func ready(c *observe.Container, check plan.Check) error {
	if c.State == "exited" && c.ExitCode == 0 && !c.Stopped && check.OneShot {
		return nil
	}
	if c.State != "running" {
		return fmt.Errorf("%s is awaited and %s (%d)", c.Name, c.State, c.ExitCode)
	}
	if len(check.Test) > 0 {
		c.Health = "healthy"
	}
	return nil
}

func exit(c *observe.Container) error {
	if c.State == "running" {
		c.State, c.ExitCode = "exited", 0
	}
	if c.State != "exited" || c.ExitCode != 0 || c.Stopped {
		return fmt.Errorf("the end of %s is awaited, and it is %s (%d)", c.Name, c.State, c.ExitCode)
	}
	return nil
}
