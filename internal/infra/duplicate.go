package infra

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/project"
)

// duplicate is a network of the model that the engine has more than once: an
// engine before 25 lets two that are made at the same time have one name, and
// then refuses to start what is to be on "it".
type duplicate struct {
	keep observe.Network
	rest []observe.Network
}

// Duplicated reports whether a network of the model is there more than once.
func Duplicated(p *project.Project, networks []observe.Network) bool {
	return len(duplicates(p, observe.State{Networks: networks})) > 0
}

// duplicates are sorted by name. Of each the one is kept that would be hardest
// to do without: that of others' containers, of most of our own, with our label,
// the oldest.
func duplicates(p *project.Project, s observe.State) []duplicate {
	byName := map[string][]observe.Network{}
	for _, n := range s.Networks {
		byName[n.Name] = append(byName[n.Name], n)
	}
	var list []duplicate
	for _, key := range slices.Sorted(maps.Keys(p.Model.Networks)) {
		network := p.Model.Networks[key]
		same := byName[network.Name]
		if bool(network.External) || len(same) < 2 {
			continue
		}
		slices.SortStableFunc(same, func(a, b observe.Network) int {
			return cmp.Or(len(others(p, s, s.OnNetwork[b.ID]))-len(others(p, s, s.OnNetwork[a.ID])),
				members(s, b)-members(s, a), owned(p, b)-owned(p, a), a.Created.Compare(b.Created))
		})
		list = append(list, duplicate{keep: same[0], rest: same[1:]})
	}
	return list
}

// members counts the project's containers on a network, stopped ones included.
func members(s observe.State, n observe.Network) int {
	count := 0
	for _, have := range s.Containers {
		for _, c := range have {
			if slices.Contains(c.NetworkIDs, n.ID) {
				count++
			}
		}
	}
	return count
}

func owned(p *project.Project, n observe.Network) int {
	if n.Project == p.Name {
		return 1
	}
	return 0
}

// misplaced is the name of a network of which the container is on the one that
// goes; "" where it is on none.
func misplaced(p *project.Project, s observe.State, c observe.Container) string {
	for _, d := range duplicates(p, s) {
		for _, n := range d.rest {
			if slices.Contains(c.NetworkIDs, n.ID) {
				return n.Name
			}
		}
	}
	return ""
}

// duplicates removes all but one of each, once none of our containers runs on
// it: those are made anew on the one that is kept.
func (u *up) duplicates() {
	after := slices.Clone(u.pulled)
	for _, name := range u.p.Services() {
		on := func(c observe.Container) bool { return misplaced(u.p, u.s, c) != "" }
		if !slices.ContainsFunc(u.s.Containers[name], on) || u.stopped(name) {
			continue
		}
		id := stopID(name)
		u.plan.Add(plan.Step{ID: id, Service: name, Cause: u.causes[name], After: u.pulled,
			Action: stops(u.p, name, names(u.s.Containers[name]))})
		after = append(after, plan.Needs(id))
	}
	var rest []Leftover
	for _, d := range duplicates(u.p, u.s) {
		for _, n := range d.rest {
			rest = append(rest, Leftover{ID: n.ID, Name: n.Name})
		}
	}
	for _, step := range networkSteps(rest, "another has its name", after) {
		u.plan.Add(step)
		u.before = append(u.before, plan.Needs(step.ID))
	}
}

// UnusedDuplicates are the project's own of them that no container is on.
func UnusedDuplicates(p *project.Project, s observe.State) []observe.Network {
	var list []observe.Network
	for _, d := range duplicates(p, s) {
		for _, n := range d.rest {
			if n.Project == p.Name && members(s, n) == 0 && len(s.OnNetwork[n.ID]) == 0 {
				list = append(list, n)
			}
		}
	}
	return list
}

// sameNetworks are duplicates that may not be removed: that of somebody else,
// and one that somebody else's container is on.
func sameNetworks(p *project.Project, s observe.State, _ observe.Facts) []obstacle {
	var list []obstacle
	for _, d := range duplicates(p, s) {
		for _, n := range d.rest {
			text := fmt.Sprintf("network %s is there more than once, and %s", n.Name, ShortID(n.ID))
			switch users := others(p, s, s.OnNetwork[n.ID]); {
			case len(users) > 0:
				list = append(list, obstacle{text + " is used by " + strings.Join(users, ", "),
					"docker network disconnect " + ShortID(n.ID) + " CONTAINER, for each of them"})
			case n.Project != p.Name:
				list = append(list, obstacle{text + " is not of this project", "docker network rm " + ShortID(n.ID)})
			}
		}
	}
	return list
}
