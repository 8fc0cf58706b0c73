package readiness

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// daemon is a container with Docker's own timer, whose check excludes a second run of it.
type daemon struct {
	mu       sync.Mutex
	interval time.Duration
	takes    time.Duration // how long the check does
	retries  int
	passes   time.Time // from when on it would
	until    time.Time // the check is at work
	met      int
	ours     int
	timer    Timer
	health   Health
	failures int
	image    plan.Check // what the image brings
	wake     chan struct{}
}

func (d *daemon) run(ctx context.Context) bool {
	d.mu.Lock()
	alone := !time.Now().Before(d.until)
	if alone {
		d.until = time.Now().Add(d.takes)
	} else {
		d.met++
	}
	d.mu.Unlock()
	if !alone {
		return false
	}
	select {
	case <-ctx.Done():
	case <-time.After(d.takes):
	}
	return !time.Now().Before(d.passes)
}

// docker is its timer.
func (d *daemon) docker(ctx context.Context) {
	for ctx.Err() == nil {
		d.mu.Lock()
		d.timer.Running, d.timer.Due = false, []time.Time{time.Now().Add(d.interval)}
		d.mu.Unlock()
		select {
		case <-ctx.Done():
			return
		case <-time.After(d.interval):
		}
		d.mu.Lock()
		d.timer.Running = true
		d.timer.Begun++
		d.mu.Unlock()
		ok := d.run(ctx)
		d.mu.Lock()
		d.timer.Ended++
		d.timer.Failed = !ok
		if d.failures++; ok {
			d.health, d.failures = HealthHealthy, 0
		} else if d.failures >= d.retries {
			d.health = HealthUnhealthy
		}
		d.mu.Unlock()
		d.wake <- struct{}{}
	}
}

func (d *daemon) Watch(ctx context.Context) <-chan Sight {
	sights := make(chan Sight)
	go d.docker(ctx)
	go func() {
		for {
			d.mu.Lock()
			s := Sight{Running: true, Health: d.health, Failures: d.failures, Check: d.image}
			d.mu.Unlock()
			select {
			case <-ctx.Done():
				return
			case sights <- s:
			}
			select {
			case <-ctx.Done():
				return
			case <-d.wake:
			}
		}
	}()
	return sights
}

func (*daemon) Listening(context.Context, []uint16) (yes, known bool) { return true, true }

func (d *daemon) Probe(ctx context.Context, _ plan.Check) (ok bool, latency time.Duration, err error) {
	d.mu.Lock()
	d.ours++
	d.mu.Unlock()
	return d.run(ctx), time.Millisecond, ctx.Err()
}

func (d *daemon) Timer() Timer {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.timer
}

func TestAProbeOfOursAndDockersOwn(t *testing.T) {
	for name, c := range map[string]struct {
		interval, takes, passes time.Duration
		retries                 int
		docker                  bool // x-spellbook says so
		least, most             time.Duration
		met, conflicts          int
		none                    bool // no probe of ours
		before                  bool // Docker called it unhealthy before
		noted                   bool // an earlier run found that the image's check bears no second run
	}{
		"they take turns": {interval: 5 * time.Second, takes: 300 * time.Millisecond, passes: 21 * time.Second, retries: 99, least: 21 * time.Second, most: 23 * time.Second},
		"one that is longer than there is room for":    {interval: time.Second, takes: 1500 * time.Millisecond, retries: 1, least: 2 * time.Second, most: 5 * time.Second, met: 1, conflicts: 1},
		"a first that fails as well is no proof of it": {interval: time.Second, takes: 1500 * time.Millisecond, passes: 2 * time.Second, retries: 9, least: 2 * time.Second, most: 5 * time.Second, met: 1},
		"it is Docker's alone":                         {interval: time.Second, takes: 1500 * time.Millisecond, retries: 1, docker: true, least: 2500 * time.Millisecond, most: 2500 * time.Millisecond, none: true},
		"the interval is too short":                    {interval: 400 * time.Millisecond, takes: 100 * time.Millisecond, retries: 1, least: 500 * time.Millisecond, most: 500 * time.Millisecond, none: true},
		"unhealthy before, and no room for a probe":    {interval: 400 * time.Millisecond, takes: 100 * time.Millisecond, retries: 9, before: true, least: 500 * time.Millisecond, most: 500 * time.Millisecond, none: true},
		"the image's check is known to bear no second": {interval: time.Second, takes: 1500 * time.Millisecond, retries: 1, noted: true, least: 2500 * time.Millisecond, most: 2500 * time.Millisecond, none: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				d := &daemon{interval: c.interval, takes: c.takes, passes: began.Add(c.passes), retries: c.retries, health: HealthStarting, wake: make(chan struct{}, 99)}
				check := plan.Check{Test: []string{"CMD", "x"}, Docker: c.docker}
				var p Prober
				if c.before {
					d.health, d.failures = HealthUnhealthy, 3
				}
				if c.noted {
					d.image, check.Test = check, nil
					p.Noted = func(of plan.Check) bool { return len(of.Test) == 2 }
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				err := p.AwaitReady(ctx, d, check, func(engine.Note) {})
				took := time.Since(began)
				if err != nil || took < c.least || took > c.most {
					t.Errorf("%v after %s", err, took)
				}
				if d.met != c.met || len(p.Conflicts()) != c.conflicts || (d.ours == 0) != c.none {
					t.Errorf("%d probes of ours, met %d times, conflicts %v", d.ours, d.met, p.Conflicts())
				}
			})
		})
	}
}
