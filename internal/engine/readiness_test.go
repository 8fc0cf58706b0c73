package engine_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/readiness"
)

// script is a container whose life is written down: sights by time, from when
// it listens and from when its health check passes.
type script struct {
	sights   []at
	listens  time.Duration // never if negative
	passes   time.Duration // never if negative
	unknown  bool          // nobody can tell what it listens on
	slow     time.Duration // how long one probe takes
	began    time.Time
	probes   atomic.Int32
	deadline atomic.Bool
}

type at struct {
	when time.Duration
	readiness.Sight
}

func (s *script) Watch(ctx context.Context) <-chan readiness.Sight {
	c := make(chan readiness.Sight)
	go func() {
		for _, sight := range s.sights {
			select {
			case <-time.After(time.Until(s.began.Add(sight.when))):
			case <-ctx.Done():
				return
			}
			select {
			case c <- sight.Sight:
			case <-ctx.Done():
				return
			}
		}
	}()
	return c
}

func (s *script) after(d time.Duration) bool { return d >= 0 && time.Since(s.began) >= d }

func (s *script) Listening(context.Context, []uint16) (bool, bool) {
	return s.after(s.listens), !s.unknown
}

func (s *script) Probe(ctx context.Context, _ plan.Check) (bool, time.Duration, error) {
	s.probes.Add(1)
	select {
	case <-time.After(s.slow):
		return s.after(s.passes), 0, nil
	case <-ctx.Done():
		s.deadline.Store(true)
		return false, 0, ctx.Err()
	}
}

func (s *script) Timer() readiness.Timer { return readiness.Timer{None: true} }

func await(t *testing.T, s *script, check plan.Check, limit time.Duration) (time.Duration, error) {
	t.Helper()
	s.began = time.Now()
	ctx, cancel := context.WithTimeoutCause(t.Context(), limit, errLate)
	defer cancel()
	err := new(readiness.Prober).AwaitReady(ctx, s, check, func(engine.Note) {})
	return time.Since(s.began), err
}

var errLate = errors.New("late")

const never = time.Duration(-1)

var (
	up        = readiness.Sight{Running: true, Health: readiness.HealthStarting}
	healthy   = readiness.Sight{Running: true, Health: readiness.HealthHealthy}
	unhealthy = readiness.Sight{Running: true, Health: readiness.HealthUnhealthy}
	check     = plan.Check{Test: []string{"CMD", "true"}, Ports: []uint16{5432}, Timeout: 5 * time.Second}
)

func TestReadiness(t *testing.T) {
	plain := plan.Check{}
	oneShot := plan.Check{OneShot: true}
	for _, c := range []struct {
		name     string
		script   *script
		check    plan.Check
		min, max time.Duration
		wantErr  string
	}{
		{"our own probe finds it long before Docker's interval", &script{sights: []at{{0, up}, {10 * time.Second, healthy}}, listens: time.Second, passes: 2 * time.Second}, check, 2 * time.Second, 2500 * time.Millisecond, ""},
		{"a passing check does not count before a published port is listened on", &script{sights: []at{{0, up}}, listens: 3 * time.Second, passes: 0}, check, 3 * time.Second, 3200 * time.Millisecond, ""},
		{"Docker's healthy always suffices", &script{sights: []at{{0, up}, {4 * time.Second, healthy}}, listens: never, passes: never}, check, 4 * time.Second, 4 * time.Second, ""},
		{"what cannot be told is left to Docker", &script{sights: []at{{0, up}, {10 * time.Second, healthy}}, listens: 0, passes: 0, unknown: true}, check, 10 * time.Second, 10 * time.Second, ""},
		{"Docker's unhealthy fails at once", &script{sights: []at{{0, up}, {time.Second, unhealthy}}, listens: 0, passes: never}, check, time.Second, time.Second, "is unhealthy"},
		{"an unhealthy of before is not believed if our own probe passes", &script{sights: []at{{0, unhealthy}}, listens: 0, passes: 0}, check, 0, 200 * time.Millisecond, ""},
		{"an unhealthy of before is believed if our own probe fails", &script{sights: []at{{0, unhealthy}}, listens: 0, passes: never}, check, 0, 200 * time.Millisecond, "is unhealthy"},
		{"an exit fails at once, with its code", &script{sights: []at{{0, up}, {time.Second, readiness.Sight{ExitCode: 3}}}, listens: 0, passes: never}, check, time.Second, time.Second, "exited with code 3"},
		{"out of memory is said", &script{sights: []at{{0, up}, {time.Second, readiness.Sight{ExitCode: 137, OOMKilled: true}}}, listens: never, passes: never}, check, time.Second, time.Second, "exited with code 137: out of memory, killed by the kernel"},
		{"an exit with 0 of a service with a health check is a failure", &script{sights: []at{{0, up}, {time.Second, readiness.Sight{}}}, listens: never, passes: never}, check, time.Second, time.Second, "exited with code 0"},
		{"without a health check, running and settled is ready", &script{sights: []at{{0, readiness.Sight{Running: true}}}}, plain, readiness.Settled, readiness.Settled, ""},
		{"a wrong command is seen before it counts as settled", &script{sights: []at{{0, readiness.Sight{Running: true}}, {100 * time.Millisecond, readiness.Sight{ExitCode: 127}}}}, plain, 0, 150 * time.Millisecond, "exited with code 127"},
		{"a one-shot that ended with 0 is done", &script{sights: []at{{0, readiness.Sight{Created: true}}, {time.Second, readiness.Sight{}}}}, oneShot, time.Second, time.Second, ""},
		{"a one-shot that failed is a failure", &script{sights: []at{{0, readiness.Sight{Created: true}}, {time.Second, readiness.Sight{ExitCode: 1}}}}, oneShot, time.Second, time.Second, "exited with code 1"},
		{"a check that the image brings counts too", &script{sights: []at{{0, readiness.Sight{Running: true, Health: readiness.HealthStarting, Check: check}}}, listens: 0, passes: 2 * time.Second}, plain, 2 * time.Second, 2500 * time.Millisecond, ""},
		{"a removed container is a failure", &script{sights: []at{{0, up}, {time.Second, readiness.Sight{Gone: true}}}, listens: never, passes: never}, check, time.Second, time.Second, "its container was removed"},
		{"a few revivals by the restart policy are forgiven", &script{sights: []at{{0, up}, {time.Second, readiness.Sight{Restarting: true, Revives: true, Restarts: 1, ExitCode: 1}}, {2 * time.Second, readiness.Sight{Running: true, Restarts: 1, Revives: true, Health: readiness.HealthStarting}}}, listens: 0, passes: 3 * time.Second}, check, 3 * time.Second, 4 * time.Second, ""},
		{"a crash loop is given up", &script{sights: []at{{0, up}, {time.Second, readiness.Sight{Restarting: true, Revives: true, Restarts: 3, ExitCode: 1}}}, listens: never, passes: never}, check, time.Second, time.Second, "exited with code 1 and was restarted 3 times"},
		{"the time-out is the run's own", &script{sights: []at{{0, up}}, listens: 0, passes: never}, check, 30 * time.Second, 30 * time.Second, "late"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				took, err := await(t, c.script, c.check, 30*time.Second)
				if (err == nil) != (c.wantErr == "") || (err != nil && err.Error() != c.wantErr) {
					t.Fatalf("got error %v, want %q", err, c.wantErr)
				}
				if took < c.min || took > c.max {
					t.Errorf("took %s, want %s to %s", took, c.min, c.max)
				}
			})
		})
	}
}

// Docker ends such a check too, and runs it once an interval: so do we, by leaving it to Docker.
func TestAProbeObeysItsOwnTimeoutAndIsLeftToDockerThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{sights: []at{{0, up}, {11 * time.Second, healthy}}, slow: time.Hour, passes: 0}
		took, err := await(t, s, check, 12*time.Second)
		if err != nil || took != 11*time.Second || !s.deadline.Load() {
			t.Fatalf("got %v after %s, deadline obeyed: %v", err, took, s.deadline.Load())
		}
		if n := s.probes.Load(); n != 1 {
			t.Errorf("%d probes in 12 s of 5 s time-outs, want 1", n)
		}
	})
}

func TestProbesBackOffToOneASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{sights: []at{{0, up}}, passes: never}
		_, _ = await(t, s, check, time.Minute)
		if n := s.probes.Load(); n < 60 || n > 80 {
			t.Errorf("%d probes in a minute, want 60 to 80", n)
		}
	})
}

func TestNothingIsProbedBeforeAPortIsListenedOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{sights: []at{{0, up}}, listens: never, passes: 0}
		_, _ = await(t, s, check, time.Minute)
		if n := s.probes.Load(); n != 0 {
			t.Errorf("%d probes ran", n)
		}
	})
}

func TestAwaitExit(t *testing.T) {
	for name, c := range map[string]struct {
		last readiness.Sight
		want string
	}{
		"ends with 0":    {readiness.Sight{}, ""},
		"fails":          {readiness.Sight{ExitCode: 2}, "exited with code 2"},
		"is removed":     {readiness.Sight{Gone: true}, "its container was removed"},
		"is in a circle": {readiness.Sight{Restarting: true, Restarts: 3, ExitCode: 2}, "exited with code 2 and was restarted 3 times"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{began: time.Now(), sights: []at{{0, readiness.Sight{Running: true}}, {time.Second, c.last}}}
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				err := readiness.AwaitExit(ctx, s)
				if (err == nil) != (c.want == "") || (err != nil && err.Error() != c.want) {
					t.Errorf("got %v, want %q", err, c.want)
				}
			})
		})
	}
}

func TestAnEngineThatIsLostEndsTheWaitWithItsReason(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reason := errors.New("no engine")
		s := &script{listens: never, passes: never, sights: []at{{0, readiness.Sight{Running: true}}, {time.Second, readiness.Sight{Lost: reason}}}}
		if took, err := await(t, s, plan.Check{Test: []string{"CMD", "true"}}, time.Hour); !errors.Is(err, reason) || took != time.Second {
			t.Errorf("%v after %s", err, took)
		}
		s = &script{sights: []at{{0, readiness.Sight{Lost: reason}}}, began: time.Now()}
		if err := readiness.AwaitExit(t.Context(), s); !errors.Is(err, reason) {
			t.Errorf("one-shot: %v", err)
		}
	})
}
