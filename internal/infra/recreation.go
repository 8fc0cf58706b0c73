package infra

import (
	"cmp"
	"slices"

	"github.com/infinitescribe/spellbook/internal/lazyregexp"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/project"
)

// recreation is one that was cut short. Compose makes the new container as OLDID_NAME,
// stops and removes the old one, and only then gives the new one its NAME; the next call
// takes a container for the service's whatever it is called, and so it would stay.
// Source: docker/compose pkg/compose/reconcile.go planRecreateContainer.
type recreation struct {
	name string // of the container
	keep observe.Container
	rest []observe.Container // of the same number
}

// recreationCut is the cause of what is left to be done of it.
const recreationCut = "its recreation was cut short"

var temporaryName = lazyregexp.New(`^[0-9a-f]{12}_(.+)$`)

// temporary: the container has the name under which Compose made it.
func temporary(p *project.Project, c observe.Container) bool {
	m := temporaryName.FindStringSubmatch(c.Name)
	return len(m) > 1 && m[1] == p.ContainerName(c.Service, c.Number)
}

// recreations are sorted by service and number. Of each that container is kept which
// Compose would keep: one that needs no change, then the newest.
func (u *up) recreations() []recreation {
	var list []recreation
	for _, service := range u.p.Services() {
		if provided(u.p, service) {
			continue
		}
		numbers := map[int]bool{}
		for _, c := range u.s.Containers[service] {
			if numbers[c.Number] || !temporary(u.p, c) {
				continue
			}
			numbers[c.Number] = true
			if r, whole := u.recreation(c); whole {
				list = append(list, r)
			}
		}
	}
	return list
}

// recreation is that of a container's number; it is not whole where all that there is
// is on its way out.
func (u *up) recreation(c observe.Container) (r recreation, whole bool) {
	number := func(other observe.Container) bool { return other.Number != c.Number }
	same := slices.DeleteFunc(slices.Clone(u.s.Containers[c.Service]), number)
	slices.SortStableFunc(same, func(a, b observe.Container) int {
		return cmp.Or(going(a)-going(b), u.stale(c.Service, a)-u.stale(c.Service, b), b.Created.Compare(a.Created), named(u.p, a)-named(u.p, b))
	})
	return recreation{u.p.ContainerName(c.Service, c.Number), same[0], same[1:]}, going(same[0]) == 0
}

// going is 1 for a container that the engine removes, or could not remove, else 0.
func going(c observe.Container) int {
	if isDead(c) || c.State == "removing" {
		return 1
	}
	return 0
}

// named is 1 for a container that has its name, else 0.
func named(p *project.Project, c observe.Container) int {
	if temporary(p, c) {
		return 0
	}
	return 1
}

// completedBy is the state once the recreations are through.
func completedBy(list []recreation, s observe.State) observe.State {
	if len(list) == 0 {
		return s
	}
	all := make(map[string][]observe.Container, len(s.Containers))
	for service, have := range s.Containers {
		for _, c := range have {
			at := slices.IndexFunc(list, func(r recreation) bool { return r.keep.Service == service && r.keep.Number == c.Number })
			switch {
			case at < 0:
			case list[at].keep.Name == c.Name:
				c.Name = list[at].name
			case c.State != "removing":
				continue
			}
			all[service] = append(all[service], c)
		}
	}
	s.Containers = all
	return s
}

// recreates adds the steps that are left of recreations, as Compose would have done
// them: before it is asked for anything else.
func (u *up) recreates() {
	var all []plan.Edge
	for _, r := range u.cut {
		service, after := r.keep.Service, u.pulled
		add := func(verb, name string, a plan.Action) {
			id := plan.ID(verb + " container " + name)
			u.plan.Add(plan.Step{ID: id, Service: service, Cause: recreationCut, After: after, Action: a})
			after = []plan.Edge{plan.Needs(id)}
		}
		for _, c := range r.rest {
			if c.State == "removing" {
				continue
			}
			if c.State == "running" || c.State == "paused" || c.State == "restarting" {
				add("stop", c.Name, plan.StopContainers{Names: []string{c.Name}})
			}
			add("remove", c.Name, plan.RemoveContainers{Names: []string{c.Name}})
		}
		if r.keep.Name != r.name {
			add("rename", r.keep.Name, plan.RenameContainer{Name: r.keep.Name, To: r.name})
		}
		u.renamed[service] = append(u.renamed[service], after...)
		all = append(all, after...)
	}
	u.pulled, u.before = append(u.pulled, all...), append(u.before, all...)
}
