package infra_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/project"
)

// Whatever the files say and whatever state the engine is in, a plan brings
// every service to ready in the order that the files ask for, and a second one
// finds nothing to do.
func TestAnyStackInAnyStateConverges(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		p := drawProject(t, dir)
		s, o := drawState(t, p)
		got, err := infra.PlanUp(p, s, o)
		if err != nil {
			t.Fatalf("plan: %v\n%s", err, got.String())
		}
		if again, _ := infra.PlanUp(p, s, o); again.String() != got.String() {
			t.Fatalf("a plan and another:\n%s\n%s", got.String(), again.String())
		}
		if infra.UpToDate(p, s, o) != got.Empty() {
			t.Fatalf("up to date is %v, and the plan is\n%s", !got.Empty(), got.String())
		}
		w := newSimulation(p, s, rapid.Bool().Draw(t, "the network is made anew"), rapid.Bool().Draw(t, "the network is gone"), o)
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
		defer cancel()
		result, err := engine.Execute(ctx, got, w, engine.Options{Limit: 3})
		if err != nil || result.Err() != nil || ctx.Err() != nil {
			t.Fatalf("execute: %v, %v, %v\n%s\nfrom\n%s", err, result.Err(), ctx.Err(), got.String(), describe(s))
		}
		after := w.state()
		if rows := infra.Status(p, after); !infra.AllReady(rows) {
			t.Fatalf("%v after\n%s\nfrom\n%s\nto\n%s", rows, got.String(), describe(s), describe(after))
		}
		o.Recreate = nil
		for _, hashes := range []map[string]string{nil, s.Hashes} {
			after.Hashes = hashes
			if second, _ := infra.PlanUp(p, after, o); !second.Empty() || !infra.UpToDate(p, after, o) {
				t.Fatalf("after\n%s\nthere is to do\n%s\nin\n%s", got.String(), second.String(), describe(after))
			}
		}
	})
}

type object = map[string]any

// drawProject writes and loads a random Compose file.
func drawProject(t *rapid.T, dir string) *project.Project {
	services, o := drawServices(t)
	text, err := json.Marshal(object{"name": "demo", "services": services})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "compose.yml"), text, 0o644); err != nil {
		t.Fatal(err)
	}
	p, err := project.Load(context.Background(), project.Layout{Root: dir, Files: []string{"compose.yml"}}, o)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	t.Logf("%s", text)
	return p
}

func drawServices(t *rapid.T) (object, project.Options) {
	services, o := object{}, project.Options{}
	if rapid.Bool().Draw(t, "profile active") {
		o.Profiles = []string{"extra"}
	}
	n, profiled := rapid.IntRange(1, 15).Draw(t, "services"), false
	for i := range n {
		extra := i > 0 && oneIn(t, 6, "profile")
		profiled = profiled || extra
		services[name(i)] = drawService(t, services, i, extra)
	}
	if !profiled {
		o.Profiles = nil
	}
	if oneIn(t, 5, "selection") {
		o.Services = []string{name(rapid.IntRange(0, n-1).Draw(t, "selected"))}
	}
	return services, o
}

func name(i int) string { return fmt.Sprintf("s%02d", i) }

func oneIn(t *rapid.T, n int, what string) bool { return rapid.IntRange(1, n).Draw(t, what) == n }

// drawService draws the i-th service, which may depend on those before it.
func drawService(t *rapid.T, earlier object, i int, extra bool) object {
	one := object{"image": "image:1", "scale": rapid.IntRange(1, 3).Draw(t, "scale")}
	if extra {
		one["profiles"] = []string{"extra"}
	}
	if rapid.Bool().Draw(t, "check") {
		one["healthcheck"] = object{"test": []string{"CMD", "ok"}}
	}
	if rapid.Bool().Draw(t, "revived") {
		one["restart"] = "always"
	}
	if oneIn(t, 5, "hook") {
		one["post_start"] = []object{{"command": []string{"x"}}}
	}
	needs := object{}
	for j := range i {
		if oneIn(t, 4, "depends") {
			needs[name(j)] = drawDependency(t, earlier[name(j)].(object), extra)
		}
	}
	one["depends_on"] = needs
	if i > 0 && oneIn(t, 8, "volumes_from") {
		if parent := rapid.IntRange(0, i-1).Draw(t, "parent"); extra || earlier[name(parent)].(object)["profiles"] == nil {
			one["volumes_from"] = []string{name(parent)}
		}
	}
	return one
}

func drawDependency(t *rapid.T, on object, extra bool) object {
	conditions := []string{"service_started", "service_healthy"}
	if on["restart"] == nil {
		conditions = append(conditions, "service_completed_successfully")
	}
	return object{
		"condition": rapid.SampledFrom(conditions).Draw(t, "condition"),
		"required":  (on["profiles"] == nil || extra) && rapid.Bool().Draw(t, "required"),
		"restart":   rapid.Bool().Draw(t, "restart"),
	}
}

// drawState draws what is there, and what the last run left behind.
func drawState(t *rapid.T, p *project.Project) (observe.State, infra.UpOptions) {
	d, err := p.Digests()
	if err != nil {
		t.Fatal(err)
	}
	s := observe.State{Containers: map[string][]observe.Container{}}
	o := infra.UpOptions{Digests: d, All: true}
	tidy := rapid.Bool().Draw(t, "tidy")
	for _, service := range p.Services() {
		if list := drawContainers(t, p, service, tidy); len(list) > 0 {
			s.Containers[service] = list
		}
	}
	if oneIn(t, 4, "orphan") {
		old := drawContainer(t, p, "gone", 1, true)
		s.Containers["gone"] = []observe.Container{old}
	}
	if oneIn(t, 6, "recreate") {
		o.Recreate = p.Services()
	}
	s.Last = drawRecord(t, s, d)
	if len(s.Containers) > 0 {
		s.Hashes = map[string]string{}
		for _, service := range p.Services() {
			s.Hashes[service] = "hash"
		}
	}
	if !infra.UpToDate(p, s, o) { // else nobody asks
		s.Missing = map[string]bool{"image:1": oneIn(t, 4, "missing")}
	}
	return s, o
}

func drawContainers(t *rapid.T, p *project.Project, service string, tidy bool) []observe.Container {
	var list []observe.Container
	for n := 1; n <= 4; n++ {
		if there := n <= p.Replicas(service); (tidy && there) || (!tidy && oneIn(t, 2, "there")) {
			list = append(list, drawContainer(t, p, service, n, tidy))
			if oneIn(t, 10, "recreation cut short") {
				list = drawCut(t, p, list)
			}
		}
	}
	return list
}

// drawCut has the recreation of the last container cut short: before the old one is
// removed, or before the new one gets its name.
func drawCut(t *rapid.T, p *project.Project, list []observe.Container) []observe.Container {
	last := len(list) - 1
	if oneIn(t, 2, "old and new") {
		list = append(list, drawContainer(t, p, list[last].Service, list[last].Number, true))
		last++
		list[last].Created, list[last].Networks = time.Unix(1, 0), []string{"demo_default"}
	}
	list[last].Name = "0123456789ab_" + list[last].Name
	return list
}

// drawContainer draws a container, of today's configuration where tidy.
func drawContainer(t *rapid.T, p *project.Project, service string, n int, tidy bool) observe.Container {
	c := observe.Container{Name: p.ContainerName(service, n), Service: service, Number: n, Project: p.Name,
		Image: "image:1", ConfigHash: "hash", Files: p.Files, Networks: []string{"demo_default"}}
	states := []string{"running", "running", "running", "created", "exited", "exited", "paused"}
	c.State = rapid.SampledFrom(states).Draw(t, "state")
	if p.Known(service) && oneIn(t, 30, "dead") {
		c.State = "dead"
	}
	if tidy && c.State == "running" && oneIn(t, 12, "disconnected") {
		c.Networks = []string{}
	}
	if c.State == "exited" {
		c.ExitCode = rapid.IntRange(0, 1).Draw(t, "code")
		c.Stopped = rapid.Bool().Draw(t, "stopped by somebody")
	}
	if c.State == "running" && p.Known(service) && len(p.Check(service).Test) > 0 {
		c.Health = rapid.SampledFrom([]string{"healthy", "healthy", "starting", "unhealthy"}).Draw(t, "health")
	}
	if !tidy && oneIn(t, 5, "image moved") {
		c.Image = "sha256:1"
		c.SameContent = oneIn(t, 2, "with the same content")
	}
	if !tidy && oneIn(t, 5, "hash changed") {
		c.ConfigHash = "old"
	}
	return c
}

func drawRecord(t *rapid.T, s observe.State, d project.Digests) observe.Record {
	if oneIn(t, 3, "no record") {
		return observe.Record{}
	}
	last := observe.Record{Hashes: map[string]string{}}.Merge(d)
	if oneIn(t, 4, "shared changed") {
		last.Digests.Shared = "before"
	}
	for _, service := range s.Services() {
		last.Hashes[service] = "hash"
		if oneIn(t, 8, "digest changed") {
			last.Digests.Services[service] = "before"
		}
	}
	return last
}

// describe is a state in a line a container.
func describe(s observe.State) string {
	var b strings.Builder
	for _, service := range s.Services() {
		for _, c := range s.Containers[service] {
			fmt.Fprintf(&b, "%s %s %d %s %s %s\n", c.Name, c.State, c.ExitCode, c.Health, c.Image, c.ConfigHash)
		}
	}
	shared := slices.Sorted(maps.Keys(s.Last.Digests.Services))
	return fmt.Sprintf("%srecord %q of %v\n", b.String(), s.Last.Digests.Shared, shared)
}
