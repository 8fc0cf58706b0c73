package infra_test

import (
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/project"
)

func TestWhatAnInterruptedComposeHasLeftIsCompleted(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*observe.State){
		"a-recreation-cut-short-before-the-new-one-has-its-name": func(s *observe.State) {
			set(*s, "db", func(c *observe.Container) { c.Name, c.State, c.Health = "0123456789ab_demo-db-1", "created", "" })
			set(*s, "cache", func(c *observe.Container) { c.Name = "0123456789ab_demo-cache-1" })
		},
		"a-recreation-cut-short-before-the-old-one-is-removed": func(s *observe.State) {
			fresh := s.Containers["db"][0]
			fresh.Name, fresh.State, fresh.Health, fresh.Created = "0123456789ab_demo-db-1", "created", "", time.Unix(9, 0)
			s.Containers["db"] = append(s.Containers["db"], fresh)
		},
		"a-recreation-that-is-wanted-no-more-is-undone": func(s *observe.State) {
			s.Hashes = map[string]string{"db": "now", "migrate": "", "api": "", "cache": ""}
			s.Last.Hashes = map[string]string{"db": "now"}
			set(*s, "db", func(c *observe.Container) { c.ConfigHash = "now" })
			fresh := s.Containers["db"][0]
			fresh.Name, fresh.State, fresh.Health, fresh.Created, fresh.ConfigHash = "0123456789ab_demo-db-1", "created", "", time.Unix(9, 0), "other"
			s.Containers["db"] = append(s.Containers["db"], fresh)
		},
		"a-new-container-that-was-not-joined-to-its-networks": func(s *observe.State) {
			set(*s, "cache", func(c *observe.Container) { c.State, c.Networks = "created", []string{} })
		},
	} {
		p := load(t, stack, project.Options{})
		s, o := world(t, p)
		change(&s)
		got, err := infra.PlanUp(p, s, o)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, "up-"+name, got.String())
		if infra.UpToDate(p, s, o) {
			t.Errorf("%s: up to date", name)
		}
	}
}
