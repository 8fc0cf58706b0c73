package infra_test

import (
	"slices"
	"testing"

	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/status"
)

func TestADeadContainerSaysWhyItIsOfNoUse(t *testing.T) {
	p := load(t, stack, project.Options{})
	s, _ := world(t, p)
	set(s, "cache", func(c *observe.Container) { c.State = "dead" })
	for _, row := range infra.Status(p, s) {
		if row.Name == "cache" && (row.State != status.Failed || row.Detail != "dead: the engine could not remove it") {
			t.Errorf("got %+v", row)
		}
	}
}

func TestWhatStillRunsIsSaidAsItIsKnown(t *testing.T) {
	p := load(t, stack, project.Options{})
	s, _ := world(t, p)
	set(s, "db", func(c *observe.Container) { c.Status = "Up 3 seconds (health: starting)" }) // our own probe knows better
	set(s, "api", func(c *observe.Container) { c.Health, c.Status = "starting", "Up 1 second (health: starting)" })
	set(s, "cache", func(c *observe.Container) {
		c.State, c.ExitCode, c.Status = "restarting", 1, "Restarting (1) 2 seconds ago"
	})
	want := []string{"still running: api (starting, 1 second)", "still running: cache (restarting)", "still running: db (ready, 3 seconds)"}
	if got := infra.StillRunning(s, nil); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	want[2] = "still running: db (stopping)"
	if got := infra.StillRunning(s, []string{s.Containers["db"][0].Name}); !slices.Equal(got, want) {
		t.Errorf("its stop was cut short: got %q", got)
	}
}
