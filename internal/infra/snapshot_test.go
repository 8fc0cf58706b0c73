package infra_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/project"
)

func TestAOneShotWhoseWorkCameWithASnapshotIsNotStartedAndHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	p := load(t, strings.Replace(stack, "      db: {condition: service_healthy}\n      migrate", "      migrate", 1), project.Options{})
	digests, err := p.Digests()
	if err != nil {
		t.Fatal(err)
	}
	o := infra.UpOptions{All: true, Digests: digests, Snapshot: &infra.Snapshot{Digest: "abc", Volumes: map[string]string{"data": "demo_data"}, Held: []string{"migrate"}}}
	got, err := infra.PlanUp(p, observe.State{}, o)
	if err != nil {
		t.Fatal(err)
	}
	text := got.String()
	for _, not := range []string{"start service migrate", "await exit migrate"} {
		if strings.Contains(text, not) {
			t.Errorf("%s:\n%s", not, text)
		}
	}
	for _, step := range got.Steps {
		switch {
		case step.ID == "fill volumes" && (len(step.After) != 1 || step.After[0].ID != "create containers"):
			t.Errorf("filled after %v", step.After)
		case step.ID == "start service api" && !slices.ContainsFunc(step.After, func(e plan.Edge) bool { return e.ID == "await ready db" }):
			t.Errorf("api does not wait for the database that the migration waited for: %v", step.After)
		case strings.HasPrefix(string(step.ID), "start ") && step.After[0].ID != "fill volumes":
			t.Errorf("%s after %v", step.ID, step.After)
		}
	}
	if !strings.Contains(text, "fill volumes") || !strings.Contains(text, "start service api") {
		t.Errorf("the plan is\n%s", text)
	}
}
