package infra

import (
	"slices"

	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// Changed reports whether a run of p has made, recreated, removed, started or
// pulled anything, or has called a hook; done says which steps went well. What a
// plan creates and starts may be there and run already: there the containers
// before and after tell.
func Changed(p plan.Plan, done func(plan.ID) bool, before, after observe.State) bool {
	return moved(before, after) || slices.ContainsFunc(p.Steps, func(s plan.Step) bool {
		switch lane := s.Action.Lane(); {
		case !done(s.ID), lane.Waits(), lane == plan.LaneCreate, s.Action.Verb().Silent:
			return false
		case lane == plan.LaneStart: // a one-shot may have ended since
			return !allRun(before.Containers[s.Service])
		}
		return true
	})
}

// moved: containers are others, on other networks, or run that did not.
func moved(before, after observe.State) bool {
	old := byID(before)
	now := byID(after)
	for id, c := range now {
		was, there := old[id]
		if !there || !onSameNetworks(was, c) || c.State == "running" && was.State != "running" {
			return true
		}
	}
	return len(old) != len(now)
}

func byID(s observe.State) map[string]observe.Container {
	all := map[string]observe.Container{}
	for _, list := range s.Containers {
		for _, c := range list {
			all[c.ID] = c
		}
	}
	return all
}

func onSameNetworks(a, b observe.Container) bool {
	return slices.Equal(slices.Sorted(slices.Values(a.NetworkIDs)), slices.Sorted(slices.Values(b.NetworkIDs)))
}

func allRun(list []observe.Container) bool {
	return len(list) > 0 && !slices.ContainsFunc(list, func(c observe.Container) bool { return c.State != "running" })
}
