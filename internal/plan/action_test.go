package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/plan/plantest"
)

func TestEveryActionHasAKindOfItsOwn(t *testing.T) {
	t.Parallel()
	of := map[string]plan.Action{}
	for _, a := range plantest.Actions() {
		if other, taken := of[a.Kind()]; taken || a.Kind() == "" {
			t.Errorf("%T and %T are both of kind %q", a, other, a.Kind())
		}
		of[a.Kind()] = a
	}
}

// The zero values say of what kind they are, hooks apart from which hook.
func TestEveryActionHasItsWords(t *testing.T) {
	t.Parallel()
	for _, a := range plantest.Actions() {
		if hook, is := a.(plan.CallHook); is {
			hook.Hook = "pre_up"
			a = hook
		}
		if pull, is := a.(plan.PullImage); is {
			pull.Image = "redis:7"
			a = pull
		}
		if v := a.Verb(); v.Doing == "" || v.Done == "" {
			t.Errorf("%T has no words in progress: %+v", a, v)
		}
		if a.Object().Noun == "" {
			t.Errorf("%T is about nothing", a)
		}
	}
}

// One that removes says so, and nothing else does.
func TestOnlyRemovalsAreToldAsRemoving(t *testing.T) {
	t.Parallel()
	for _, a := range plantest.Actions() {
		if removes := strings.HasPrefix(a.Kind(), "remove_"); removes != (a.Verb().Doing == "removing") {
			t.Errorf("%s is told as %s", a.Kind(), a.Verb().Doing)
		}
	}
}

func TestComposeIsWhatItsCommandComesTo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		argv              []string
		doing, done, name string
		lane              plan.Lane
	}{
		{[]string{"up", "--no-start", "--no-deps", "api"}, "creating", "created", "create", plan.LaneCreate},
		{[]string{"create", "api"}, "creating", "created", "create", plan.LaneCreate},
		{[]string{"up", "-d", "api"}, "starting", "started", "up", plan.LaneStart},
		{[]string{"down", "db"}, "releasing", "released", "down", plan.LaneWork},
		{[]string{"stop", "db"}, "stopping", "stopped", "stop", plan.LaneWork},
		{[]string{"config"}, "running compose config", "done", "config", plan.LaneWork},
		{nil, "running compose", "done", "compose", plan.LaneWork},
	} {
		a := plan.Compose{Argv: c.argv}
		if v := a.Verb(); v.Doing != c.doing || v.Done != c.done || a.Phase("") != c.name || a.Lane() != c.lane {
			t.Errorf("%v is %+v, %q, lane %d", c.argv, v, a.Phase(""), a.Lane())
		}
	}
}

func TestActionsOfATypeComeInTheOrderOfThePlan(t *testing.T) {
	t.Parallel()
	p := plan.Plan{Steps: []plan.Step{{Action: plan.RemoveNetwork{Name: "b"}}, {Action: plan.Record{}}, {Action: plan.RemoveNetwork{Name: "a"}}}}
	if got, want := plan.ActionsOf[plan.RemoveNetwork](p), []plan.RemoveNetwork{{Name: "b"}, {Name: "a"}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestAStepWithoutAnActionIsNoPlan(t *testing.T) {
	t.Parallel()
	p := plan.Plan{Steps: []plan.Step{{ID: "x"}}}
	if err := p.Validate(); err == nil || err.Error() != `step "x" has no action` {
		t.Errorf("got %v", err)
	}
}
