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

// machine is an engine that takes longer for each probe the more are in flight, and the
// more load there is. Docker's own timer finds every container healthy at a moment.
type machine struct {
	mu            sync.Mutex
	load          time.Duration // what each in flight costs the others
	flight, most  int
	probes        int
	ready, docker time.Duration
}

// one is a container of it.
type one struct {
	*machine
	began time.Time
}

func (o *one) Watch(ctx context.Context) <-chan Sight {
	sights := make(chan Sight)
	go func() {
		for _, s := range []Sight{{Running: true, Health: HealthStarting}, {Running: true, Health: HealthHealthy}} {
			select {
			case <-ctx.Done():
				return
			case sights <- s:
			}
			select {
			case <-ctx.Done():
				return
			case <-time.After(o.docker):
			}
		}
	}()
	return sights
}

func (*one) Listening(context.Context, []uint16) (yes, known bool) { return true, true }

func (o *one) Timer() Timer { return Timer{Due: []time.Time{o.began.Add(time.Hour)}} }

func (o *one) Probe(ctx context.Context, _ plan.Check) (ok bool, latency time.Duration, err error) {
	o.mu.Lock()
	o.probes++
	o.flight++
	o.most = max(o.most, o.flight)
	latency = 20*time.Millisecond + o.load*time.Duration(o.flight)
	o.mu.Unlock()
	defer func() {
		o.mu.Lock()
		o.flight--
		o.mu.Unlock()
	}()
	select {
	case <-ctx.Done():
	case <-time.After(latency):
	}
	return time.Since(o.began) >= o.ready, latency, ctx.Err()
}

// await waits for n containers at once, and is how long the last took.
func (m *machine) await(t *testing.T, n int) time.Duration {
	t.Helper()
	var p Prober
	var all sync.WaitGroup
	began := time.Now()
	for range n {
		all.Go(func() {
			o := &one{machine: m, began: began}
			if err := p.AwaitReady(t.Context(), o, plan.Check{Test: []string{"CMD", "x"}}, func(engine.Note) {}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	return time.Since(began)
}

func TestProbingAdaptsToWhatTheEngineTakes(t *testing.T) {
	for name, c := range map[string]struct {
		machine      *machine
		n            int
		most, probes int           // at the most
		within       time.Duration // all are ready
	}{
		"a few on a machine with nothing else to do": {&machine{load: 10 * time.Millisecond, ready: 2 * time.Second, docker: time.Hour}, 5, 8, 60, 2500 * time.Millisecond},
		"a hundred":                      {&machine{load: 10 * time.Millisecond, ready: 2 * time.Second, docker: time.Hour}, 100, 8, 400, 6 * time.Second},
		"a hundred on a loaded machine":  {&machine{load: 300 * time.Millisecond, ready: 2 * time.Second, docker: 10 * time.Second}, 100, 6, 60, 11 * time.Second},
		"a hundred that are never ready": {&machine{load: 10 * time.Millisecond, ready: time.Hour, docker: 20 * time.Second}, 100, 8, 1300, 21 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := c.machine
				took := m.await(t, c.n)
				if took > c.within || m.most > c.most || m.probes > c.probes {
					t.Errorf("ready after %s, %d probes, %d in flight", took, m.probes, m.most)
				}
			})
		})
	}
}

// Where the engine is so slow that one probe at a time is all it bears, half of its time
// is left to it.
func TestASlowEngineHasOneProbeAtATimeAndPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &machine{load: 480 * time.Millisecond, ready: time.Hour, docker: time.Minute}
		m.await(t, 50)
		if m.probes < 40 || m.probes > 75 {
			t.Errorf("%d probes of 0.5 s in a minute, want about 60", m.probes)
		}
	})
}

func TestWhoOthersWaitForIsProbedFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &Prober{latency: time.Second} // one at a time
		if !p.acquire(t.Context(), false) {
			t.Fatal("not the first")
		}
		var order []string
		var all sync.WaitGroup
		for _, name := range []string{"a", "b", "urgent 1", "c", "urgent 2"} {
			all.Go(func() {
				if p.acquire(t.Context(), len(name) > 1) {
					order = append(order, name)
					p.release()
				}
			})
			synctest.Wait()
		}
		given, cancel := context.WithCancel(t.Context())
		all.Go(func() {
			if p.acquire(given, false) {
				t.Error("who has given up was let in")
			}
		})
		synctest.Wait()
		cancel()
		synctest.Wait()
		p.release()
		all.Wait()
		if got := len(order); got != 5 || order[0] != "urgent 1" || order[1] != "urgent 2" || order[2] != "a" {
			t.Errorf("order is %q", order)
		}
		if p.flight != 0 || len(p.queue) != 0 {
			t.Errorf("%d in flight, %d in the queue", p.flight, len(p.queue))
		}
	})
}
