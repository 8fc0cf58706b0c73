package docker

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/events"

	"github.com/infinitescribe/spellbook/internal/readiness"
)

// timer follows what the engine's own timer does with the health check of one
// container: the event stream has a start and an end of each exec, the check's
// included, and from the last end it is known when the next is due. Its moments are
// of the engine's clock. Source: moby daemon/health.go monitor.
type timer struct {
	mu      sync.Mutex
	line    string    // of the check's command; "" until the container was inspected
	from    time.Time // when it was set going, or the check ended, the last time
	running string    // the exec that is at work
	found   readiness.Timer
	config  container.HealthConfig
	started time.Time
	fast    bool // the engine has a start_interval
}

// Defaults of the engine.
const (
	checkInterval = 30 * time.Second
	startInterval = 5 * time.Second
)

// see takes what an inspect tells.
func (t *timer) see(c container.InspectResponse, fast bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.found.None = c.State.Health == nil || c.Config.Healthcheck == nil || c.State.Health.Status == container.NoHealthcheck
	if t.found.None {
		return
	}
	t.config, t.fast = *c.Config.Healthcheck, fast
	if len(t.config.Test) > 1 {
		t.line = strings.Join(t.config.Test[1:], " ")
	}
	if at, err := time.Parse(time.RFC3339Nano, c.State.StartedAt); err == nil {
		t.started = at
		t.since(at)
	}
	if log := c.State.Health.Log; len(log) > 0 {
		t.since(log[len(log)-1].End)
	}
}

func (t *timer) since(at time.Time) {
	if at.After(t.from) {
		t.from = at
	}
}

// event takes an event of the container and says whether the check has failed. An
// exec of ours, or a user's, is none of the timer's.
func (t *timer) event(e events.Message, own bool) (failed bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	action, at, id := string(e.Action), time.Unix(0, e.TimeNano), e.Actor.Attributes["execID"]
	switch {
	case action == string(events.ActionStart), action == string(events.ActionUnPause):
		t.running = ""
		t.since(at)
	case own || id == "":
	case strings.HasPrefix(action, string(events.ActionExecStart)) && strings.HasSuffix(action, t.line):
		t.running = id
		t.found.Begun++
	case action == string(events.ActionExecDie) && id == t.running:
		t.running = ""
		t.found.Ended++
		t.found.Failed = e.Actor.Attributes["exitCode"] != "0"
		t.since(at)
		return t.found.Failed
	}
	return false
}

// now is what is known, in this machine's clock, which is behind the engine's by skew.
func (t *timer) now(skew time.Duration) readiness.Timer {
	t.mu.Lock()
	defer t.mu.Unlock()
	got := t.found
	got.Running = t.running != ""
	if got.None || t.from.IsZero() {
		return got
	}
	got.Due = []time.Time{t.from.Add(or(t.config.Interval, checkInterval))}
	if within := t.started.Add(t.config.StartPeriod); t.fast && t.from.Before(within) {
		got.Due = append(got.Due, t.from.Add(or(t.config.StartInterval, startInterval)), within)
	}
	for i := range got.Due {
		got.Due[i] = got.Due[i].Add(-skew)
	}
	slices.SortFunc(got.Due, time.Time.Compare)
	return got
}

// startsFast reports whether the engine knows start_interval.
func (c *Client) startsFast() bool { return c.speaks(44) }

// speaks reports whether the engine's API is 1.MINOR or later.
func (c *Client) speaks(minor int) bool {
	_, spoken, _ := strings.Cut(c.api.ClientVersion(), ".")
	n, err := strconv.Atoi(spoken)
	return err == nil && n >= minor
}

func or(d, otherwise time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return otherwise
}
