package infra_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/project"
)

// stay is a container of project on the engine.
func stay(project, service string) observe.Container {
	name := project + "-" + service + "-1"
	return observe.Container{ID: "id of " + name, Name: name, Service: service, Project: project, State: "running", Number: 1}
}

func left(containers ...observe.Container) infra.Leftovers {
	for i := range containers {
		containers[i].Labels = map[string]string{}
	}
	return infra.Leftovers{State: observe.Sort(containers, observe.Record{})}
}

func TestCleanPlans(t *testing.T) {
	p := load(t, stack, project.Options{})
	db, api, cache, stranger := stay("demo", "db"), stay("demo", "api"), stay("demo", "cache"), stay("other", "db")
	plain := observe.Container{ID: "x", Name: "hand-made"}
	all := left(db, api, cache)
	all.All, all.Networks = true, []infra.Leftover{{ID: "n1", Name: "demo_default"}}
	all.Paths = []string{p.Layout.Root + "/.spellbook", p.Layout.Root + "/dist"}
	volumes := left(db, api, cache)
	volumes.Volumes = []infra.Leftover{{Name: "demo_data", Users: []observe.Container{db}},
		{Name: "demo_shared", Users: []observe.Container{cache, stranger}}, {Name: "demo_unused"}}
	images := left(db, api, cache)
	images.Images = []infra.Leftover{{Name: "app:1", Refs: []string{"app:1", "app:latest"}, Users: []observe.Container{api}},
		{Name: "base:1", Refs: []string{"base:1"}, Users: []observe.Container{stranger, plain}}}
	for name, l := range map[string]infra.Leftovers{"all": all, "volumes": volumes, "images": images, "nothing": left(db)} {
		got, kept, err := infra.PlanClean(p, l)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, "clean-"+name, got.String()+strings.Join(append(kept, ""), "\n"))
	}
}

// Where the record is lost, nobody knows whether a provider has something: it is told to
// take that away, and once it has, no more.
func TestCleanReleasesProvidersUnlessItIsKnownThatTheyHave(t *testing.T) {
	p := load(t, "  db: {provider: {type: awesomecloud}}\n", project.Options{})
	for name, c := range map[string]struct {
		left infra.Leftovers
		want bool
	}{
		"no record":                  {infra.Leftovers{All: true}, true},
		"a record of something else": {infra.Leftovers{All: true, State: observe.State{Last: observe.Record{Version: 1}}}, true},
		"released":                   {infra.Leftovers{All: true, State: observe.State{Last: observe.Record{Version: 1, Released: true}}}, false},
		"released, and a network":    {infra.Leftovers{All: true, State: observe.State{Last: observe.Record{Version: 1, Released: true}}, Networks: []infra.Leftover{{ID: "n1", Name: "demo_default"}}}, true},
		"somebody else's":            {infra.Leftovers{All: true, Shared: true}, false},
		"images alone":               {infra.Leftovers{}, false},
	} {
		got, _, err := infra.PlanClean(p, c.left)
		if err != nil {
			t.Fatal(err)
		}
		if released := strings.Contains(got.String(), "release what providers have made"); released != c.want {
			t.Errorf("%s: the provider is asked: %t, want %t\n%s", name, released, c.want, got.String())
		}
	}
	if last := (observe.Record{Released: true}).Merge(project.Digests{}); last.Released {
		t.Error("after an up it is still known to be released")
	}
}

func TestPullPlansEachImageOnceAndSkipsWhatIsBuilt(t *testing.T) {
	p := load(t, `
  a: {image: "shared:1"}
  b: {image: "shared:1"}
  c: {image: "shared:1", platform: linux/arm64}
  d: {image: "own:1", build: .}
  e: {image: "other:1"}
`, project.Options{})
	got, skipped, err := infra.PlanPull(p, nil)
	if err != nil || !slices.Equal(skipped, []string{"d"}) {
		t.Fatalf("skipped %v: %v", skipped, err)
	}
	golden(t, "pull-all", got.String())
	got, _, err = infra.PlanPull(p, []string{"b", "e"})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "pull-some", got.String())
}
