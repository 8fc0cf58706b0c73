package execute

import (
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/plan/plantest"
)

func TestEveryActionHasAHandler(t *testing.T) {
	t.Parallel()
	all := (&Runner{}).handlers()
	for _, a := range plantest.Actions() {
		if all[a.Kind()] == nil {
			t.Errorf("no handler for %T", a)
		}
	}
	if len(all) != len(plantest.Actions()) {
		t.Errorf("%d handlers for %d actions", len(all), len(plantest.Actions()))
	}
}

// unknown is an action that no handler was written for.
type unknown struct{ plan.Record }

func (unknown) Kind() string { return "unknown" }

// impostor has the kind of another action.
type impostor struct{ plan.Record }

func TestAnActionWithoutAHandlerIsRefused(t *testing.T) {
	t.Parallel()
	for action, want := range map[plan.Action]string{
		unknown{}:  `do step "x": no handler for action execute.unknown`,
		impostor{}: `do step "x": action execute.impostor is no plan.Record`,
	} {
		err := (&Runner{}).Run(t.Context(), plan.Step{ID: "x", Action: action}, nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
