package infra

import (
	"slices"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/project"
)

// Belongings are what carries a project's labels on an engine, whatever the
// files say today: services of inactive profiles and of removed plugins too.
type Belongings struct {
	State    observe.State
	Networks []Leftover
	Volumes  []Leftover // where they are asked for
	Data     bool       // volumes are asked for: those without a name go with their containers
	Shared   bool       // somebody else's containers are in the project, and stay
}

// PlanDown plans the removal of a project's containers, dependents first, then
// networks, then volumes where they are asked for. What somebody else's
// container uses is kept, and kept says why.
func PlanDown(p *project.Project, b Belongings) (planned plan.Plan, kept []string, err error) {
	d := &down{p: p, plan: plan.Plan{Project: p.Name}}
	d.preDown(b.State)
	removed := d.containers(b)
	networks, kept := free(p, b.State, "network", b.Networks)
	for _, step := range networkSteps(networks, "", removed) {
		d.plan.Add(step)
	}
	if len(kept) == 0 && !b.Shared {
		d.releases(b.State)
	}
	volumes, more := free(p, b.State, "volume", b.Volumes)
	for _, one := range volumes {
		d.plan.Add(plan.Step{ID: plan.ID("remove volume " + one.Name), After: removed, Cause: "requested",
			Action: plan.RemoveVolumes{Names: []string{one.Name}}})
	}
	return d.plan, append(kept, more...), d.plan.Validate()
}

type down struct {
	p     *project.Project
	plan  plan.Plan
	hooks map[string]plan.Edge // by plugin
}

// containers stops and removes each service once those that depend on it are
// gone, one-off containers first of all.
func (d *down) containers(b Belongings) []plan.Edge {
	var oneOffs, all []plan.Edge
	for _, c := range b.State.OneOff {
		id := plan.ID("remove container " + c.Name)
		d.plan.Add(plan.Step{ID: id, Service: c.Service, Cause: "one-off", Action: plan.RemoveContainers{Names: []string{c.Name}, Volumes: b.Data}})
		oneOffs = append(oneOffs, plan.Needs(id))
	}
	all = slices.Clone(oneOffs)
	for _, service := range d.lastFirst(b.State) {
		all = append(all, d.service(b, service, oneOffs))
	}
	return all
}

// lastFirst are the services that have containers, those no file has first,
// then each before what it depends on.
func (d *down) lastFirst(s observe.State) []string {
	var list []string
	order := ordered(d.p)
	slices.Reverse(order)
	for _, name := range s.Services() {
		if !slices.Contains(order, name) {
			list = append(list, name)
		}
	}
	for _, name := range order {
		if len(s.Containers[name]) > 0 {
			list = append(list, name)
		}
	}
	return list
}

func (d *down) service(b Belongings, service string, oneOffs []plan.Edge) plan.Edge {
	s := b.State
	list := names(s.Containers[service])
	stop, remove := stopID(service), plan.ID("remove service "+service)
	after := append(slices.Clone(oneOffs), d.dependents(s, service)...)
	if edge, has := d.hooks[d.p.Plugin(service)]; has {
		after = append(after, edge)
	}
	d.plan.Add(plan.Step{ID: stop, Service: service, Cause: cause(d.p, service), After: after, Action: stops(d.p, service, list)})
	d.plan.Add(plan.Step{ID: remove, Service: service, After: []plan.Edge{plan.Needs(stop)}, Action: plan.RemoveContainers{Names: list, Volumes: b.Data}})
	return plan.Needs(remove)
}

// stops ends containers of a service, as Compose after its pre_stop hooks.
func stops(p *project.Project, service string, names []string) plan.StopContainers {
	return plan.StopContainers{Names: names, PreStop: len(PreStop(p, service))}
}

// PreStop are the hooks of a service, of one in an inactive profile too, that run in
// a container before it is stopped.
func PreStop(p *project.Project, service string) []types.ServiceHook {
	if s, disabled := p.Model.DisabledServices[service]; disabled {
		return s.PreStop
	}
	return p.Model.Services[service].PreStop
}

func stopID(service string) plan.ID { return plan.ID("stop service " + service) }

// dependents are arrows to the stops of services that depend on this one; the
// stop of a dependent that fails does not keep this one up.
func (d *down) dependents(s observe.State, service string) []plan.Edge {
	var edges []plan.Edge
	seen := map[string]bool{}
	var follow func(string)
	follow = func(on string) {
		for _, name := range d.p.Services() {
			for _, dep := range d.p.Dependencies(name) {
				switch {
				case dep.On != on || seen[name]:
				case len(s.Containers[name]) > 0:
					seen[name] = true
					edges = append(edges, plan.Edge{ID: stopID(name), Soft: true})
				default: // it has ended or is gone, those behind it may run
					seen[name] = true
					follow(name)
				}
			}
		}
	}
	follow(service)
	return edges
}

func cause(p *project.Project, service string) string {
	if _, enabled := p.Model.Services[service]; enabled {
		return ""
	}
	if p.Known(service) {
		return "inactive profile"
	}
	return "not in the files"
}

// PlanStop plans the stop of the selected services, dependents first.
func PlanStop(p *project.Project, s observe.State, selected []string) (plan.Plan, error) {
	d := &down{p: p, plan: plan.Plan{Project: p.Name}}
	chosen := observe.State{Containers: map[string][]observe.Container{}, Last: s.Last}
	for _, service := range s.Services() {
		if (len(selected) == 0 || slices.Contains(selected, service)) && alive(s, service) {
			chosen.Containers[service] = s.Containers[service]
		}
	}
	d.preDown(chosen)
	for _, service := range d.lastFirst(chosen) {
		after := d.dependents(chosen, service)
		if edge, has := d.hooks[p.Plugin(service)]; has {
			after = append(after, edge)
		}
		d.plan.Add(plan.Step{ID: stopID(service), Service: service, After: after,
			Cause: cause(p, service), Action: stops(p, service, names(chosen.Containers[service]))})
	}
	d.halts(chosen, selected)
	return d.plan, d.plan.Validate()
}

// WithRestarted adds to services those that depend on one of them with
// restart: true, near or far. None named means all, and stays so.
func WithRestarted(p *project.Project, services []string) []string {
	list := slices.Clone(services)
	for i := 0; i < len(list); i++ {
		for _, name := range p.Services() {
			for _, d := range p.Dependencies(name) {
				if d.On == list[i] && d.Restart && !slices.Contains(list, name) {
					list = append(list, name)
				}
			}
		}
	}
	return list
}
