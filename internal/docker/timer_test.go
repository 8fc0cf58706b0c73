package docker

import (
	"slices"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/events"
)

// The moments of the engine's clock, which is 5 s before ours.
var start = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)

const skew = 5 * time.Second

func checked(h container.HealthConfig, log ...*container.HealthcheckResult) container.InspectResponse {
	h.Test = []string{"CMD-SHELL", "pg_isready -q"}
	return container.InspectResponse{Config: &container.Config{Healthcheck: &h},
		State: &container.State{StartedAt: start.Format(time.RFC3339Nano), Health: &container.Health{Status: container.Starting, Log: log}}}
}

func told(action, exec, code string, after time.Duration) events.Message {
	return events.Message{Action: events.Action(action), TimeNano: start.Add(after).UnixNano(),
		Actor: events.Actor{Attributes: map[string]string{"execID": exec, "exitCode": code}}}
}

func (t *timer) due() (after []time.Duration) {
	for _, at := range t.now(skew).Due {
		after = append(after, at.Sub(start.Add(-skew)))
	}
	return after
}

func TestWhenDockerRunsACheckNextIsKnown(t *testing.T) {
	var at timer
	at.see(checked(container.HealthConfig{Interval: 10 * time.Second}), false)
	if got := at.due(); !slices.Equal(got, []time.Duration{10 * time.Second}) {
		t.Errorf("after a start: %v", got)
	}
	at.event(told("exec_start: /bin/sh -c pg_isready -q", "a", "", 10*time.Second), false)
	if got := at.now(skew); !got.Running || got.Begun != 1 {
		t.Errorf("while it runs: %+v", got)
	}
	if at.event(told("exec_die", "b", "1", 11*time.Second), false) {
		t.Error("the end of another exec is taken for its")
	}
	if !at.event(told("exec_die", "a", "1", 12*time.Second), false) {
		t.Error("its failure is not told")
	}
	if got := at.now(skew); got.Running || got.Ended != 1 || !got.Failed || !slices.Equal(at.due(), []time.Duration{22 * time.Second}) {
		t.Errorf("after its end: %+v", got)
	}
	at.event(told("exec_start: /bin/sh -c pg_isready -q", "c", "", 13*time.Second), true)
	at.event(told("exec_start: bash", "d", "", 13*time.Second), false)
	if got := at.now(skew); got.Running || got.Begun != 1 {
		t.Errorf("a probe of ours, or a user's shell, is taken for Docker's: %+v", got)
	}
	at.event(told("unpause", "", "", 15*time.Second), false)
	if got := at.due(); !slices.Equal(got, []time.Duration{25 * time.Second}) {
		t.Errorf("after a pause: %v", got)
	}
}

func TestWhatWasBeforeWeLookedIsKnownByTheEnginesOwnLog(t *testing.T) {
	var at timer
	at.see(checked(container.HealthConfig{}, &container.HealthcheckResult{End: start.Add(40 * time.Second)}), false)
	if got := at.due(); !slices.Equal(got, []time.Duration{70 * time.Second}) {
		t.Errorf("the default interval: %v", got)
	}
}

func TestInTheStartPeriodDockerMayComeEarlier(t *testing.T) {
	config := container.HealthConfig{Interval: time.Minute, StartPeriod: 20 * time.Second, StartInterval: 3 * time.Second}
	for fast, want := range map[bool][]time.Duration{false: {time.Minute}, true: {3 * time.Second, 20 * time.Second, time.Minute}} {
		var at timer
		if at.see(checked(config), fast); !slices.Equal(at.due(), want) {
			t.Errorf("start_interval known %v: %v", fast, at.due())
		}
	}
}

func TestWithoutAHealthCheckThereIsNoTimer(t *testing.T) {
	var at timer
	at.see(container.InspectResponse{Config: &container.Config{}, State: &container.State{}}, false)
	if got := at.now(0); !got.None || len(got.Due) > 0 {
		t.Errorf("%+v", got)
	}
}
