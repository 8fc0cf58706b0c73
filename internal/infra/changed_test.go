package infra_test

import (
	"testing"

	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/plan"
)

func TestARunHasChangedSomethingOnlyWhereSomethingIsOtherThanBefore(t *testing.T) {
	t.Parallel()
	one := func(id, state string, networks ...string) observe.State {
		return observe.State{Containers: map[string][]observe.Container{"db": {{ID: id, Service: "db", State: state, NetworkIDs: networks}}}}
	}
	up := one("1", "running", "a", "b")
	for _, c := range []struct {
		name          string
		steps         []plan.Action
		failed        bool
		before, after observe.State
		want          bool
	}{
		{"nothing to do", nil, false, up, up, false},
		{"nothing but waits and the record", []plan.Action{plan.AwaitReady{}, plan.AwaitExit{}, plan.Record{}}, false, up, up, false},
		{"it was there, and ran", []plan.Action{plan.Compose{Argv: []string{"create"}}, plan.StartContainers{}}, false, up, one("1", "running", "b", "a"), false},
		{"it was there, ran, and has ended since", []plan.Action{plan.StartContainers{}}, false, up, one("1", "exited", "a", "b"), false},
		{"made", []plan.Action{plan.Compose{Argv: []string{"create"}}}, false, observe.State{}, one("1", "created"), true},
		{"made by a step that failed", []plan.Action{plan.Compose{Argv: []string{"create"}}}, true, observe.State{}, one("1", "created"), true},
		{"made anew", []plan.Action{plan.Compose{Argv: []string{"create"}}}, false, up, one("2", "running", "a", "b"), true},
		{"on a network that was made anew", []plan.Action{plan.Compose{Argv: []string{"create"}}}, false, up, one("1", "running", "a", "c"), true},
		{"removed", []plan.Action{plan.Compose{Argv: []string{"create"}}}, false, up, observe.State{}, true},
		{"started", []plan.Action{plan.StartContainers{}}, false, one("1", "exited"), one("1", "running"), true},
		{"a one-shot that has run again", []plan.Action{plan.StartContainers{}}, false, one("1", "exited"), one("1", "exited"), true},
		{"a start that failed", []plan.Action{plan.StartContainers{}}, true, one("1", "exited"), one("1", "exited"), false},
		{"pulled", []plan.Action{plan.PullImage{}}, false, up, up, true},
		{"not pulled", []plan.Action{plan.PullImage{}}, true, up, up, false},
		{"a hook was called", []plan.Action{plan.CallHook{}}, false, up, up, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var p plan.Plan
			for _, a := range c.steps {
				p.Steps = append(p.Steps, plan.Step{Service: "db", Action: a})
			}
			if got := infra.Changed(p, func(plan.ID) bool { return !c.failed }, c.before, c.after); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}
