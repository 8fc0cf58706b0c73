package infra

import (
	"slices"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/project"
)

// service adds the steps that start one service and await it.
func (u *up) service(name string) {
	if u.begins[name] == "" && u.settled(name, u.completes(name)) {
		return
	}
	u.start(name)
	if provided(u.p, name) {
		return
	}
	u.awaitExit(name)
	u.awaitReady(name)
}

// start adds the start step, with an arrow for every condition that does not
// hold yet. A service that runs already has none.
func (u *up) start(name string) {
	cause := u.begins[name]
	if cause == "" {
		return
	}
	id := plan.ID("start service " + name)
	step := plan.Step{ID: id, Service: name, Cause: cause, Optional: u.optional(name)}
	if u.create != "" {
		step.After = append(step.After, plan.Needs(u.create))
	} else {
		step.After = append(step.After, u.before...)
	}
	if ids := u.hooks[u.p.Plugin(name)]; len(ids) > 0 {
		step.After = append(step.After, plan.Needs(ids[0]))
	}
	for _, d := range u.needs(name) {
		if edge, open := u.edge(d); open {
			step.After = append(step.After, edge)
		}
	}
	step.Action = plan.StartContainers{Names: u.names(name)}
	if u.p.ByCompose(name) {
		built := u.o.Built
		if u.create != "" { // Compose has made what it has to
			built = u.p.Services()
		}
		argv := append([]string{"up", "-d", "--no-deps", "--no-recreate"}, u.noBuild(built, []string{name})...)
		step.Action = plan.Compose{Argv: append(argv, name)}
	}
	u.plan.Add(step)
	u.starts[name], u.ready[name] = id, id
}

// noBuild keeps Compose from making once more what pull_policy: build has it make
// at every call, where the images of all of services are there: those of built have
// been made.
func (u *up) noBuild(built, services []string) []string {
	var argv []string
	for _, name := range services {
		s := u.p.Model.Services[name]
		always := s.PullPolicy == types.PullPolicyBuild
		switch {
		case s.Build == nil:
		case !slices.Contains(built, name) && (always || s.Image == "" || u.s.Missing[s.Image]):
			return nil
		case always:
			argv = []string{"--no-build"}
		}
	}
	return argv
}

// PlanBuild builds again what pull_policy: build has Compose build at every call, of
// what has containers: only then is it known which of them are to be made anew. What has
// none Compose builds as it creates it. The services are those that are built.
func PlanBuild(p *project.Project, s observe.State, o UpOptions) (planned plan.Plan, services []string) {
	planned.Project = p.Name
	for _, name := range p.Services() {
		svc := p.Model.Services[name]
		if svc.Build != nil && svc.PullPolicy == types.PullPolicyBuild && len(s.Containers[name]) > 0 && !slices.Contains(o.Built, name) {
			services = append(services, name)
		}
	}
	if len(services) > 0 {
		planned.Add(plan.Step{ID: "build images", Cause: "pull_policy: build", Action: plan.Compose{Argv: append([]string{"build"}, services...)}})
	}
	return planned, services
}

// edge is the arrow of a dependency; open is false where it holds already.
func (u *up) edge(d project.Dependency) (plan.Edge, bool) {
	id := u.conditionStep(d)
	if id == "" {
		return plan.Edge{}, false
	}
	return plan.Edge{ID: id, Condition: d.Condition, Soft: !d.Required}, true
}

// conditionStep is the step whose success is the condition.
func (u *up) conditionStep(d project.Dependency) plan.ID {
	if u.begins[d.On] == "" && u.settled(d.On, d.Condition == completed) {
		return ""
	}
	switch {
	case provided(u.p, d.On): // of which Compose waits for no more
		return plan.ID("start service " + d.On)
	case d.Condition == "service_healthy":
		return readyID(d.On)
	case d.Condition == completed:
		return exitID(d.On)
	}
	if u.begins[d.On] == "" {
		return ""
	}
	return plan.ID("start service " + d.On)
}

func readyID(name string) plan.ID { return plan.ID("await ready " + name) }
func exitID(name string) plan.ID  { return plan.ID("await exit " + name) }

// awaitExit waits for a one-shot that somebody depends on to complete.
func (u *up) awaitExit(name string) {
	if !u.completes(name) || u.let(name) {
		return
	}
	id := exitID(name)
	u.plan.Add(plan.Step{ID: id, Service: name, After: u.afterStart(name), Cause: u.waitCause(name), Optional: u.optional(name),
		Action: plan.AwaitExit{Names: u.names(name)}})
	u.ready[name] = id
}

// awaitReady waits until the service is ready, unless its end is what counts.
func (u *up) awaitReady(name string) {
	if u.completes(name) && !u.healthAwaited(name) {
		return
	}
	id := readyID(name)
	u.plan.Add(plan.Step{ID: id, Service: name, After: u.afterStart(name), Cause: u.waitCause(name), Optional: u.optional(name),
		Action: plan.AwaitReady{Names: u.names(name), Check: u.check(name)}})
	u.ready[name] = id
}

func (u *up) afterStart(name string) []plan.Edge {
	if id := u.starts[name]; id != "" {
		return []plan.Edge{plan.Needs(id)}
	}
	return u.renamed[name]
}

func (u *up) waitCause(name string) string {
	if u.starts[name] == "" {
		return "not ready yet"
	}
	return ""
}

func (u *up) healthAwaited(name string) bool {
	return u.dependedOn(name, func(d project.Dependency) bool { return d.Condition == "service_healthy" })
}

// optional: others depend on the service, and all of them can do without.
func (u *up) optional(name string) bool {
	depended := u.dependedOn(name, func(project.Dependency) bool { return true })
	return depended && !u.dependedOn(name, func(d project.Dependency) bool { return d.Required })
}

func (u *up) dependedOn(name string, match func(project.Dependency) bool) bool {
	for _, d := range u.dependents()[name] {
		if match(d) {
			return true
		}
	}
	return false
}

// dependents inverts the graph, once: services to the arrows that point at them.
func (u *up) dependents() map[string][]project.Dependency {
	if u.pointed == nil {
		u.pointed = map[string][]project.Dependency{}
		for _, name := range u.p.Services() {
			for _, d := range u.p.Dependencies(name) {
				u.pointed[d.On] = append(u.pointed[d.On], d)
			}
		}
	}
	return u.pointed
}

// names are the containers of a service once it is created: those that are
// there keep their names, the rest are numbered on from the highest.
// Source: docker/compose pkg/compose/service_containers.go nextContainerNumber.
func (u *up) names(service string) []string {
	want := u.p.Replicas(service)
	have := u.keptFirst(service)
	var list []string
	highest := 0
	for _, c := range have {
		if len(list) < want {
			list = append(list, c.Name)
		}
		highest = max(highest, c.Number)
	}
	for len(list) < want {
		highest++
		list = append(list, u.p.ContainerName(service, highest))
	}
	return list
}

// keptFirst has the containers in the order in which Compose keeps them when
// there are too many: those that need no change, then the lowest numbers.
// Source: docker/compose pkg/compose/reconcile.go sortContainers.
func (u *up) keptFirst(service string) []observe.Container {
	list := slices.DeleteFunc(slices.Clone(u.s.Containers[service]), isDead) // those are removed
	slices.SortStableFunc(list, func(a, b observe.Container) int {
		return u.stale(service, a) - u.stale(service, b)
	})
	return list
}

// stale is 1 for a container that Compose would make anew, else 0.
func (u *up) stale(service string, c observe.Container) int {
	if imageMoved(u.p, c) || c.SameContent && !u.spared(service) || c.Rewritten || configChanged(u.p, u.s, u.o, service, c) || lostNetwork(u.p, c) != "" || misplaced(u.p, u.s, c) != "" || u.begins[service] != "" && u.strands(c) ||
		slices.Contains(u.o.Recreate, service) || u.ownerRemade(service) {
		return 1
	}
	return 0
}

// ownerRemade: Compose makes anew a service whose namespace or volumes this
// one shares. Source: docker/compose reconcile.go parentNamespaceRecreated.
func (u *up) ownerRemade(service string) bool {
	return slices.ContainsFunc(owners(u.p, service), u.remade)
}

// remade: a container that stays in number is made anew.
func (u *up) remade(service string) bool {
	have := u.keptFirst(service)
	have = have[:min(len(have), u.p.Replicas(service))]
	return slices.ContainsFunc(have, func(c observe.Container) bool { return u.stale(service, c) > 0 })
}
