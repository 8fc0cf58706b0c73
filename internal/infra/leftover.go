package infra

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/project"
)

// Leftover is an image, a volume or a network, with the containers of the
// whole engine that use it.
type Leftover struct {
	ID    string // of a network: its name may be another's as well
	Name  string
	Refs  []string // what to remove an image by: its tags, else its ID
	Users []observe.Container
}

// free are those that no container uses but those of s, which go first. Of the
// others kept says why they stay.
func free(p *project.Project, s observe.State, kind string, list []Leftover) (free []Leftover, kept []string) {
	for _, one := range list {
		if others := others(p, s, one.Users); len(others) > 0 {
			kept = append(kept, fmt.Sprintf("%s %s is kept: used by %s", kind, one.Name, strings.Join(others, ", ")))
			continue
		}
		free = append(free, one)
	}
	return free, kept
}

// others are the containers that are not of s.
func others(p *project.Project, s observe.State, users []observe.Container) []string {
	var list []string
	for _, user := range users {
		if s.Has(user.ID) {
			continue
		}
		whose := "of no Compose project"
		switch user.Project {
		case "":
		case p.Name:
			whose = "of this project, made elsewhere"
		default:
			whose = "of project " + user.Project
		}
		list = append(list, fmt.Sprintf("container %s (%s)", user.Name, whose))
	}
	slices.Sort(list)
	return list
}

// networkSteps remove networks after what is on them. Where two have one name,
// the steps tell their IDs as well.
func networkSteps(list []Leftover, cause string, after []plan.Edge) []plan.Step {
	list = slices.SortedStableFunc(slices.Values(list), func(a, b Leftover) int { return cmp.Compare(a.Name, b.Name) })
	times := map[string]int{}
	for _, n := range list {
		times[n.Name]++
	}
	steps := make([]plan.Step, 0, len(list))
	for _, n := range list {
		id := "remove network " + n.Name
		if times[n.Name] > 1 {
			id += " (" + ShortID(n.ID) + ")"
		}
		steps = append(steps, plan.Step{ID: plan.ID(id), After: after, Cause: cause, Action: plan.RemoveNetwork{ID: n.ID, Name: n.Name}})
	}
	return steps
}

// ShortID is an ID as the Docker CLI shortens it.
func ShortID(id string) string {
	id = strings.TrimPrefix(id, "sha256:")
	return id[:min(len(id), 12)]
}
