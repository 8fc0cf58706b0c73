package infra_test

import (
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/project"
)

// twice is a world whose network is there twice; old is the first, with every
// container on it.
func twice(t *testing.T) (*project.Project, observe.State, infra.UpOptions) {
	t.Helper()
	p := load(t, stack, project.Options{})
	s, o := world(t, p)
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s.Networks = []observe.Network{{ID: "first-000000000", Name: "demo_default", Project: "demo", Created: at},
		{ID: "second-00000000", Name: "demo_default", Project: "demo", Created: at.Add(time.Second)}, {ID: "bridge", Name: "bridge"}}
	for service := range s.Containers {
		set(s, service, func(c *observe.Container) { c.NetworkIDs = []string{"first-000000000"} })
	}
	return p, s, o
}

func TestANetworkThatIsThereTwiceIsMadeOne(t *testing.T) {
	for name, change := range map[string]func(*observe.State){
		"unused": func(*observe.State) {},
		"both used": func(s *observe.State) {
			set(*s, "api", func(c *observe.Container) { c.NetworkIDs = []string{"second-00000000"} })
		},
		"the first unused": func(s *observe.State) {
			for service := range s.Containers {
				set(*s, service, func(c *observe.Container) { c.NetworkIDs = []string{"second-00000000"} })
			}
		},
	} {
		p, s, o := twice(t)
		change(&s)
		if infra.UpToDate(p, s, o) || !infra.Duplicated(p, s.Networks) {
			t.Errorf("%s: nothing to do, it says", name)
		}
		if err := infra.Preflight(p, s, observe.Facts{Compose: observe.Compose{Version: "5.6.0"}}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		got, err := infra.PlanUp(p, s, o)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, "up-network-twice-"+strings.ReplaceAll(name, " ", "-"), got.String())
	}
}

func TestOfNetworksThatAreThereTwiceOnlyOursThatNobodyUsesIsUnused(t *testing.T) {
	for name, change := range map[string]func(*observe.State){
		"":                func(s *observe.State) { s.Networks[1].Project = "" },
		"second-00000000": func(*observe.State) {},
		" by a guest who runs on it": func(s *observe.State) {
			s.OnNetwork = map[string][]observe.Container{"second-00000000": {{ID: "g"}}, "first-000000000": {{ID: "h"}, {ID: "i"}}}
		},
		" by a container of ours": func(s *observe.State) {
			set(*s, "api", func(c *observe.Container) { c.NetworkIDs = []string{"second-00000000"} })
		},
	} {
		p, s, _ := twice(t)
		change(&s)
		var got string
		for _, n := range infra.UnusedDuplicates(p, s) {
			got += n.ID
		}
		if want, _, _ := strings.Cut(name, " "); got != want {
			t.Errorf("%q: %q is unused", name, got)
		}
	}
}

func TestAnotherNetworkOfOurNameIsNotOursToRemove(t *testing.T) {
	p, s, _ := twice(t)
	guest := observe.Container{ID: "g", Name: "guest", NetworkIDs: []string{"second-00000000"}}
	s.OnNetwork = map[string][]observe.Container{"second-00000000": {guest}, "first-000000000": {{ID: "h", Name: "host"}}}
	err := infra.Preflight(p, s, observe.Facts{Compose: observe.Compose{Version: "5.6.0"}})
	if err == nil || !strings.Contains(err.Error(), "is used by container guest (of no Compose project)") || !strings.Contains(err.Error(), "docker network disconnect second-00000 ") {
		t.Errorf("in use: %v", err)
	}
	p, s, _ = twice(t)
	s.Networks[1].Project = ""
	err = infra.Preflight(p, s, observe.Facts{Compose: observe.Compose{Version: "5.6.0"}})
	if err == nil || !strings.Contains(err.Error(), "second-00000 is not of this project") || !strings.Contains(err.Error(), "docker network rm second-00000") {
		t.Errorf("somebody else's: %v", err)
	}
}
