package e2e_test

import (
	"context"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
)

// mixed has a service with a health check, and one that has neither a check
// nor a restart policy.
const mixed = `
  checked: {image: "lab/service:1", stop_grace_period: 1s, ` + health + `}
  bare: {image: "lab/service:1", stop_grace_period: 1s}
`

// running fails the test unless n containers are there and all of them run.
func (s *stack) running(n int) {
	s.t.Helper()
	ids := s.ids()
	for name, id := range ids {
		if !strings.HasSuffix(id, " running") {
			s.t.Errorf("%s: %s", name, id)
		}
	}
	if len(ids) != n {
		s.t.Errorf("%d containers, want %d: %v", len(ids), n, ids)
	}
}

// Compose stops what is on a network that it makes anew.
func TestAChangedNetworkEndsWithEverythingRunning(t *testing.T) {
	t.Parallel()
	s := newStack(t, mixed+"networks: {default: {labels: {version: \"1\"}}}\n")
	s.up(infra.UpOptions{}).want(t, failure.OK)
	s.write(mixed + "networks: {default: {labels: {version: \"2\"}}}\n")
	s.up(infra.UpOptions{}).want(t, failure.OK)
	s.running(2)
	s.settled()
}

// settled: a further run finds nothing to do.
func (s *stack) settled() {
	s.t.Helper()
	if r := s.up(infra.UpOptions{}).want(s.t, failure.OK); !strings.Contains(r.out, "nothing to do") {
		s.t.Errorf("a further run did something:\n%s", r.all())
	}
}

func TestReplicasThatSomebodyAddedOrRemovedConverge(t *testing.T) {
	t.Parallel()
	s := newStack(t, strings.ReplaceAll(mixed, "stop_grace_period: 1s", "stop_grace_period: 1s, scale: 2"))
	s.up(infra.UpOptions{}).want(t, failure.OK)
	for _, scale := range []string{"1", "4"} {
		s.compose("up", "-d", "--no-recreate", "--scale", "checked="+scale, "--scale", "bare="+scale)
		s.up(infra.UpOptions{}).want(t, failure.OK)
		s.running(4)
		s.settled()
	}
	// Compose numbers on from the highest: the new ones are -3.
	cli(t, "rm", "-f", s.name+"-checked-1", s.name+"-bare-1")
	s.up(infra.UpOptions{}).want(t, failure.OK)
	s.running(4)
	s.settled()
}

func TestAPausedServiceIsReadyAgain(t *testing.T) {
	t.Parallel()
	s := newStack(t, mixed)
	s.up(infra.UpOptions{}).want(t, failure.OK)
	cli(t, "pause", s.name+"-checked-1", s.name+"-bare-1")
	s.up(infra.UpOptions{}).want(t, failure.OK)
	s.running(2)
	// With something to create, the Compose CLI meets the paused one too.
	cli(t, "pause", s.name+"-checked-1")
	cli(t, "rm", "-f", s.name+"-bare-1")
	s.up(infra.UpOptions{}).want(t, failure.OK)
	s.running(2)
	s.settled()
}

func TestWhatWasStoppedRunsAgain(t *testing.T) {
	t.Parallel()
	s := newStack(t, mixed)
	s.up(infra.UpOptions{}).want(t, failure.OK)
	s.run(func(ctx context.Context, w *app.Run) error { return infra.Stop(ctx, w, nil) }).want(t, failure.OK)
	s.run(func(ctx context.Context, w *app.Run) error { return infra.Start(ctx, w, nil) }).want(t, failure.OK)
	s.running(2)
	cli(t, "stop", "-t", "1", s.name+"-checked-1", s.name+"-bare-1")
	s.up(infra.UpOptions{}).want(t, failure.OK)
	s.running(2)
	s.settled()
}

// What shares volumes is made anew along with their owner.
func TestASharerOfVolumesRunsAgainWithTheirOwner(t *testing.T) {
	t.Parallel()
	const text = `
  owner: {image: "lab/service:1", stop_grace_period: 1s, environment: {WHO: one}, ` + health + `}
  sharer: {image: "lab/service:1", stop_grace_period: 1s, volumes_from: [owner], ` + health + `}
`
	s := newStack(t, text)
	s.up(infra.UpOptions{}).want(t, failure.OK)
	s.write(strings.Replace(text, "WHO: one", "WHO: two", 1))
	s.up(infra.UpOptions{}).want(t, failure.OK)
	s.running(2)
	s.settled()
}

func TestAnotherDirectoryWithTheSameProjectIsNoticed(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  web: {image: "lab/service:1", environment: {WHO: one}, `+health+`}
`)
	other := *s
	other.dir = t.TempDir()
	other.write(`
  web: {image: "lab/service:1", environment: {WHO: two}, ` + health + `}
`)
	for _, one := range []*stack{s, &other, s} {
		before := s.ids()
		r := one.up(infra.UpOptions{Adopt: true}).want(t, failure.OK)
		if strings.Contains(r.out, "nothing to do") || equal(before, s.ids()) {
			t.Errorf("in %s:\n%s", one.dir, r.all())
		}
		one.settled()
	}
}

// What a recreation that was cut short leaves: the old container under its
// name and the new one, not started, under a name in the making.
func TestALeftoverOfACutRecreationIsNoHindrance(t *testing.T) {
	t.Parallel()
	s := newStack(t, "\n  api: {image: \"lab/service:1\", "+health+"}\n")
	s.up(infra.UpOptions{}).want(t, failure.OK)
	id := strings.TrimSpace(cli(t, "inspect", "-f", "{{.Id}}", s.name+"-api-1"))
	s.compose("create", "--force-recreate")
	cli(t, "rename", s.name+"-api-1", id[:12]+"_"+s.name+"-api-1")
	s.up(infra.UpOptions{}).want(t, failure.OK)
	s.up(infra.UpOptions{}).want(t, failure.OK)
	if ids := s.ids(); len(ids) != 1 {
		t.Errorf("containers: %v", ids)
	}
}
