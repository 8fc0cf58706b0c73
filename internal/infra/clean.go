package infra

import (
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/project"
)

// Leftovers are what a project has left on an engine and in its repository,
// of what is to be cleaned: the rest stays empty.
type Leftovers struct {
	State    observe.State // its containers
	All      bool          // all of them go, not just the users of what goes
	Data     bool          // volumes too: those without a name go with their containers
	Shared   bool          // somebody else's containers are in the project, and stay
	Networks []Leftover
	Images   []Leftover
	Volumes  []Leftover
	Paths    []string // absolute
}

// PlanClean plans the removal of leftovers, and of the project's containers
// that use them. What somebody else's container uses is kept, and kept says
// why.
func PlanClean(p *project.Project, l Leftovers) (planned plan.Plan, kept []string, err error) {
	c := &clean{p: p}
	images, volumes, networks := c.free(l.State, "image", l.Images), c.free(l.State, "volume", l.Volumes), c.free(l.State, "network", l.Networks)
	state := l.State
	if !l.All {
		state = usersOf(l.State, append(slices.Clone(images), volumes...))
	}
	d := &down{p: p, plan: plan.Plan{Project: p.Name}}
	c.plan, c.after = &d.plan, d.containers(Belongings{State: state, Data: l.Data})
	for _, step := range networkSteps(networks, "requested", c.after) {
		c.plan.Add(step)
	}
	if l.All && len(c.kept) == 0 && !l.Shared && (!d.plan.Empty() || !l.State.Last.Released) {
		d.releases(l.State)
	}
	for _, image := range images {
		c.add("remove image "+image.Name, plan.RemoveImages{Refs: image.Refs})
	}
	for _, volume := range volumes {
		c.add("remove volume "+volume.Name, plan.RemoveVolumes{Names: []string{volume.Name}})
	}
	for _, path := range l.Paths {
		c.add("remove "+relative(p, path), plan.RemovePaths{Paths: []string{path}})
	}
	return d.plan, c.kept, d.plan.Validate()
}

type clean struct {
	p     *project.Project
	plan  *plan.Plan
	after []plan.Edge // the removal of the containers
	kept  []string
}

func (c *clean) add(id string, action plan.Action) {
	c.plan.Add(plan.Step{ID: plan.ID(id), After: c.after, Cause: "requested", Action: action})
}

// free are those that only the project's own containers use.
func (c *clean) free(s observe.State, kind string, list []Leftover) []Leftover {
	left, kept := free(c.p, s, kind, list)
	c.kept = append(c.kept, kept...)
	return left
}

// Going are the containers that are removed where all of l is.
func Going(l Leftovers) observe.State {
	if l.All {
		return l.State
	}
	return usersOf(l.State, append(slices.Clone(l.Images), l.Volumes...))
}

// usersOf narrows a state to the containers that use any of list.
func usersOf(s observe.State, list []Leftover) observe.State {
	users := map[string]bool{}
	for _, one := range list {
		for _, c := range one.Users {
			users[c.ID] = true
		}
	}
	return only(s, func(c observe.Container) bool { return users[c.ID] })
}

// relative is a path as seen from the repository's root.
func relative(p *project.Project, path string) string {
	return strings.TrimPrefix(strings.TrimPrefix(path, p.Layout.Root), "/")
}
