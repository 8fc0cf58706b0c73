package infra_test

import (
	"testing"

	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/project"
)

func sameContent(c *observe.Container) { c.Image, c.SameContent = "sha256:9", true }

func TestAnImageWithTheSameContentIsLeftAloneWhereComposeCanBeKeptFromIt(t *testing.T) {
	for _, r := range []struct {
		name, services string
		change         func(*observe.State)
	}{
		{name: "image-with-another-id-and-the-same-content", services: stack, change: func(s *observe.State) {
			set(*s, "api", sameContent)
		}},
		{name: "same-content-is-left-alone-while-another-changes", services: stack, change: func(s *observe.State) {
			set(*s, "db", sameContent)
			s.Hashes = map[string]string{"db": "", "migrate": "", "api": "", "cache": "new"}
		}},
		{name: "same-content-that-others-share-with-goes-with-a-change", services: sharing, change: func(s *observe.State) {
			set(*s, "db", sameContent)
			s.Hashes = map[string]string{"db": "", "agent": "", "files": "", "web": "new"}
		}},
		{name: "same-content-goes-where-all-is-asked-about", services: stack, change: func(s *observe.State) {
			set(*s, "api", sameContent)
			s.Last.Digests.Shared = "before"
		}},
	} {
		t.Run(r.name, func(t *testing.T) {
			p := load(t, r.services, project.Options{})
			s, o := world(t, p)
			r.change(&s)
			got, err := infra.PlanUp(p, s, o)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, "up-"+r.name, got.String())
			if upToDate := infra.UpToDate(p, s, o); upToDate != got.Empty() {
				t.Errorf("up to date is %v, and the plan is\n%s", upToDate, got.String())
			}
		})
	}
}
