package infra_test

import (
	"context"
	"maps"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// mixed has a service with a health check, and one that has neither a check
// nor a restart policy.
const mixed = `
  checked: {image: "lab/service:1", stop_grace_period: 1s, ` + stacktest.Health + `}
  bare: {image: "lab/service:1", stop_grace_period: 1s}
`

// Compose stops what is on a network that it makes anew.
func TestAChangedNetworkEndsWithEverythingRunning(t *testing.T) {
	t.Parallel()
	s := newStack(t, mixed+"networks: {default: {labels: {version: \"1\"}}}\n")
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	s.Write(mixed + "networks: {default: {labels: {version: \"2\"}}}\n")
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	s.Running(2)
	s.Settled()
}

func TestReplicasThatSomebodyAddedOrRemovedConverge(t *testing.T) {
	t.Parallel()
	s := newStack(t, strings.ReplaceAll(mixed, "stop_grace_period: 1s", "stop_grace_period: 1s, scale: 2"))
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	for _, scale := range []string{"1", "4"} {
		s.Compose("up", "-d", "--no-recreate", "--scale", "checked="+scale, "--scale", "bare="+scale)
		s.Up(infra.UpOptions{}).Want(t, failure.OK)
		s.Running(4)
		s.Settled()
	}
	// Compose numbers on from the highest: the new ones are -3.
	stacktest.Docker(t, "rm", "-f", s.Name+"-checked-1", s.Name+"-bare-1")
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	s.Running(4)
	s.Settled()
}

func TestAPausedServiceIsReadyAgain(t *testing.T) {
	t.Parallel()
	s := newStack(t, mixed)
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	stacktest.Docker(t, "pause", s.Name+"-checked-1", s.Name+"-bare-1")
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	s.Running(2)
	// With something to create, the Compose CLI meets the paused one too.
	stacktest.Docker(t, "pause", s.Name+"-checked-1")
	stacktest.Docker(t, "rm", "-f", s.Name+"-bare-1")
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	s.Running(2)
	s.Settled()
}

func TestWhatWasStoppedRunsAgain(t *testing.T) {
	t.Parallel()
	s := newStack(t, mixed)
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	s.Run(func(ctx context.Context, w *app.Run) error { return infra.Stop(ctx, w, nil) }).Want(t, failure.OK)
	s.Run(func(ctx context.Context, w *app.Run) error { return infra.Start(ctx, w, nil) }).Want(t, failure.OK)
	s.Running(2)
	stacktest.Docker(t, "stop", "-t", "1", s.Name+"-checked-1", s.Name+"-bare-1")
	stacktest.Eventually(t, "the engine lists them as stopped, which newer ones may do a moment after", func() bool {
		return stacktest.Docker(t, "ps", "--quiet", "--filter", "name="+s.Name+"-") == ""
	})
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	s.Running(2)
	s.Settled()
}

// What shares volumes is made anew along with their owner.
func TestASharerOfVolumesRunsAgainWithTheirOwner(t *testing.T) {
	t.Parallel()
	const text = `
  owner: {image: "lab/service:1", stop_grace_period: 1s, environment: {WHO: one}, ` + stacktest.Health + `}
  sharer: {image: "lab/service:1", stop_grace_period: 1s, volumes_from: [owner], ` + stacktest.Health + `}
`
	s := newStack(t, text)
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	s.Write(strings.Replace(text, "WHO: one", "WHO: two", 1))
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	s.Running(2)
	s.Settled()
}

func TestAnotherDirectoryWithTheSameProjectIsNoticed(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  web: {image: "lab/service:1", environment: {WHO: one}, `+stacktest.Health+`}
`)
	other := *s
	other.Dir = t.TempDir()
	other.Write(`
  web: {image: "lab/service:1", environment: {WHO: two}, ` + stacktest.Health + `}
`)
	for _, one := range []*stack{s, &other, s} {
		before := s.IDs()
		r := one.Up(infra.UpOptions{Adopt: true}).Want(t, failure.OK)
		if strings.Contains(r.Out, "nothing to do") || maps.Equal(before, s.IDs()) {
			t.Errorf("in %s:\n%s", one.Dir, r.All())
		}
		one.Settled()
	}
}

// What a recreation that was cut short leaves: the old container under its
// name and the new one, not started, under a name in the making.
func TestALeftoverOfACutRecreationIsNoHindrance(t *testing.T) {
	t.Parallel()
	s := newStack(t, "\n  api: {image: \"lab/service:1\", "+stacktest.Health+"}\n")
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	id := strings.TrimSpace(stacktest.Docker(t, "inspect", "-f", "{{.Id}}", s.Name+"-api-1"))
	s.Compose("create", "--force-recreate")
	stacktest.Docker(t, "rename", s.Name+"-api-1", id[:12]+"_"+s.Name+"-api-1")
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	if ids := s.IDs(); len(ids) != 1 {
		t.Errorf("containers: %v", ids)
	}
}
