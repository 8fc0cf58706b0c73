package infra

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/ownership"
	"github.com/infinitescribe/spellbook/internal/project"
)

// Makers are who made the containers of a project, by container ID.
type Makers map[string]ownership.Maker

func (m Makers) ours(c observe.Container) bool { return m[c.ID].Whose == ownership.Ours }

// Split parts a state into what this checkout made, and the other containers,
// by name.
func (m Makers) Split(s observe.State) (ours observe.State, others []observe.Container) {
	ours = only(s, m.ours)
	not := only(s, func(c observe.Container) bool { return !m.ours(c) })
	others = slices.Clone(not.OneOff)
	for _, list := range not.Containers {
		others = append(others, list...)
	}
	return ours, byName(others)
}

// Planned is the state that a plan may go by: without the containers of others
// that are of no service of p, which are none of its business.
func (m Makers) Planned(p *project.Project, s observe.State) observe.State {
	return only(s, func(c observe.Container) bool { return m.ours(c) || p.Known(c.Service) })
}

// InTheWay are the containers of others that a target which changes containers
// would take over: those of p's services, or all of them where this checkout
// has none in the project.
func (m Makers) InTheWay(p *project.Project, s observe.State) []observe.Container {
	var others []observe.Container
	concerned, alone := false, true
	for _, list := range s.Containers {
		for _, c := range list {
			if m.ours(c) {
				alone = false
				continue
			}
			others = append(others, c)
			concerned = concerned || p.Known(c.Service)
		}
	}
	if !concerned && !alone {
		return nil
	}
	return byName(others)
}

// Origins says where containers were made, a line a maker: "made from /app
// (2 services running for 3 minutes)".
func (m Makers) Origins(list []observe.Container) []string {
	groups := map[ownership.Maker][]observe.Container{}
	for _, c := range list {
		groups[m[c.ID]] = append(groups[m[c.ID]], c)
	}
	var lines []string
	for maker, made := range groups {
		lines = append(lines, fmt.Sprintf("%s (%s)", maker, runningSince(made)))
	}
	slices.Sort(lines)
	return lines
}

// Dirs are the directories that containers were made from.
func (m Makers) Dirs(list []observe.Container) []string {
	var dirs []string
	for _, c := range list {
		dirs = append(dirs, m[c.ID].Dir)
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}

// runningSince is how many services of a list run, and since when the first does.
func runningSince(list []observe.Container) string {
	services, alive := map[string]bool{}, map[string]bool{}
	slices.SortStableFunc(list, func(a, b observe.Container) int { return a.Created.Compare(b.Created) })
	first := ""
	for _, c := range list {
		services[c.Service] = true
		if c.State == "running" {
			alive[c.Service] = true
			first = cmp.Or(first, since(c.Status))
		}
	}
	noun := "services"
	if len(services) == 1 {
		noun = "service"
	}
	if len(alive) == 0 {
		return fmt.Sprintf("%d %s, not running", len(services), noun)
	}
	if len(alive) == 1 {
		noun = "service"
	}
	return fmt.Sprintf("%d %s running for %s", len(alive), noun, first)
}

func byName(list []observe.Container) []observe.Container {
	slices.SortFunc(list, func(a, b observe.Container) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// only narrows a state to the containers that stay.
func only(s observe.State, stays func(observe.Container) bool) observe.State {
	goes := func(c observe.Container) bool { return !stays(c) }
	narrow := s
	narrow.Containers, narrow.OneOff = map[string][]observe.Container{}, slices.DeleteFunc(slices.Clone(s.OneOff), goes)
	for service, have := range s.Containers {
		if left := slices.DeleteFunc(slices.Clone(have), goes); len(left) > 0 {
			narrow.Containers[service] = left
		}
	}
	return narrow
}
