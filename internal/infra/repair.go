package infra

import (
	"slices"

	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/project"
)

// dead removes what can never be started again, and would keep its name.
func (u *up) dead() {
	for _, name := range u.p.Services() {
		for _, c := range u.s.Containers[name] {
			if !isDead(c) {
				continue
			}
			id := plan.ID("remove container " + c.Name)
			u.plan.Add(plan.Step{ID: id, Service: name, Cause: "container is dead", After: u.pulled,
				Action: plan.RemoveContainers{Names: []string{c.Name}}})
			u.before = append(u.before, plan.Needs(id))
		}
	}
}

// reconnects makes containers anew that are not on their networks, or have another
// config or secret in them. Compose does the first by itself only where the network
// is still there, and where it is not, makes the network alone: this comes after.
func (u *up) reconnects() {
	var lost []string
	for _, name := range u.p.Services() {
		off := func(c observe.Container) bool {
			return c.Rewritten || lostNetwork(u.p, c) != "" || misplaced(u.p, u.s, c) != "" || u.strands(c)
		}
		if u.causes[name] != "" && !slices.Contains(u.o.Recreate, name) && slices.ContainsFunc(u.s.Containers[name], off) {
			lost = append(lost, name)
		}
	}
	if len(lost) == 0 {
		return
	}
	for _, name := range u.p.Services() {
		if !slices.Contains(lost, name) && u.ownerRemade(name) {
			lost = append(lost, name)
		}
	}
	cause := "not on their networks"
	if slices.ContainsFunc(lost, func(name string) bool { return u.causes[name] == rewritten }) {
		cause = rewritten
	}
	first := u.create
	u.create = "reconnect containers"
	u.plan.Add(plan.Step{ID: u.create, Cause: cause, After: []plan.Edge{plan.Needs(first)},
		Action: plan.Compose{Argv: append([]string{"create", "--force-recreate"}, lost...)}})
}

// lostNetwork is a network that a running container should be on and is not,
// because somebody has removed the network or disconnected the container; "" if
// there is none. One that has never run lacks those that Compose was to join it to
// after it had made it, and was interrupted. The container list says so at no cost.
func lostNetwork(p *project.Project, c observe.Container) string {
	if c.State != "running" && c.State != "created" || c.Networks == nil {
		return ""
	}
	service := p.Model.Services[c.Service]
	for _, key := range service.NetworksByPriority() {
		name := p.Model.Networks[key].Name
		if name != "" && !slices.Contains(c.Networks, name) {
			return name
		}
	}
	return ""
}

// strands: the container does not run, and a network that it was on is gone
// for good: another one of the same name does not help it, and no start would
// succeed. Nor does it from engine 24 on where the network is gone that it was
// made on, although Compose has joined it to another one since.
// Only a list of the networks tells, so that it is known only where there is
// something to do. Source: moby daemon/container_operations.go normalizeNetMode.
func (u *up) strands(c observe.Container) bool {
	gone := func(network string) bool {
		return !slices.ContainsFunc(u.s.Networks, func(n observe.Network) bool { return n.ID == network || n.Name == network })
	}
	return u.s.Networks != nil && c.State == "exited" && (slices.ContainsFunc(c.NetworkIDs, gone) || c.MadeOn != "" && gone(c.MadeOn))
}

// stranded adds those that are to be started and cannot be to what is made
// anew, and reports whether there are any.
func (u *up) stranded() bool {
	found := false
	for _, name := range u.p.Services() {
		if u.causes[name] == "" && u.begins[name] != "" && slices.ContainsFunc(u.s.Containers[name], u.strands) {
			u.causes[name], found = "its network is gone", true
		}
	}
	return found
}

// isDead: the engine has tried to remove it and could not do so altogether. It
// can never be started again.
func isDead(c observe.Container) bool { return c.State == "dead" }
