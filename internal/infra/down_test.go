package infra_test

import (
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/project"
)

func TestPlanDown(t *testing.T) {
	p := load(t, stack, project.Options{})
	s, _ := world(t, p)
	old := container(p, "db", 1)
	old.Name, old.Service = "demo-old-1", "old"
	s.Containers["old"] = []observe.Container{old}
	s.OneOff = []observe.Container{{Name: "demo-db-run-1", Service: "db"}}
	b := infra.Belongings{State: s, Networks: []infra.Leftover{{ID: "n1", Name: "demo_default"}}}
	withVolumes := b
	withVolumes.Volumes = []infra.Leftover{{Name: "demo_data", Users: []observe.Container{old}}}
	for name, b := range map[string]infra.Belongings{"down": b, "down-volumes": withVolumes} {
		got, kept, err := infra.PlanDown(p, b)
		if err != nil || len(kept) > 0 {
			t.Fatal(kept, err)
		}
		golden(t, name, got.String())
	}
}

func TestPlanDownKeepsWhatOthersUseAndNamesThem(t *testing.T) {
	p := load(t, stack, project.Options{})
	db := stay("demo", "db")
	s := left(db).State
	guest, twin := observe.Container{ID: "g", Name: "guest"}, observe.Container{ID: "t", Name: "other-db-1", Project: "other"}
	got, kept, err := infra.PlanDown(p, infra.Belongings{State: s,
		Networks: []infra.Leftover{{ID: "sha256:0123456789abcdef", Name: "demo_default", Users: []observe.Container{db}},
			{ID: "fedcba9876543210", Name: "demo_default"}, {ID: "n3", Name: "demo_front", Users: []observe.Container{guest, db}}},
		Volumes: []infra.Leftover{{Name: "demo_data", Users: []observe.Container{db}}, {Name: "demo_used", Users: []observe.Container{twin}}}})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "down-kept", got.String()+strings.Join(append(kept, ""), "\n"))
}

// What somebody has in a volume that no file names would be lost for good.
func TestVolumesWithoutANameGoOnlyWhereVolumesAreAskedFor(t *testing.T) {
	p := load(t, stack, project.Options{})
	l := left(stay("demo", "db"))
	l.All = true
	for _, data := range []bool{false, true} {
		l.Data = data
		down, _, errDown := infra.PlanDown(p, infra.Belongings{State: l.State, Data: data})
		clean, _, errClean := infra.PlanClean(p, l)
		if errDown != nil || errClean != nil {
			t.Fatal(errDown, errClean)
		}
		for _, removed := range append(plan.ActionsOf[plan.RemoveContainers](down), plan.ActionsOf[plan.RemoveContainers](clean)...) {
			if removed.Volumes != data {
				t.Errorf("asked for is %v, and that they go with %v is %v", data, removed.Names, removed.Volumes)
			}
		}
	}
}

// Every profile is active by `*`, as Compose has it.
func TestAProviderOfAnyActiveProfileIsToldToTakeAwayWhatItMade(t *testing.T) {
	services := `
  web: {image: "web:1"}
  db: {profiles: [data], provider: {type: maker}}
`
	for profiles, releases := range map[string]bool{"": false, "other": false, "other, data": true, "*": true} {
		p := load(t, services, project.Options{Environ: []string{"COMPOSE_PROFILES=" + profiles}, Profiles: []string{"*"}})
		got, _, err := infra.PlanDown(p, infra.Belongings{State: left(stay("demo", "web")).State})
		if err != nil {
			t.Fatal(err)
		}
		if told := strings.Contains(got.String(), "release what providers have made"); told != releases {
			t.Errorf("COMPOSE_PROFILES=%s: told is %v, the plan\n%s", profiles, told, got.String())
		}
	}
}
