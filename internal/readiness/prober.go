package readiness

import (
	"context"
	"sync"
	"time"

	"github.com/infinitescribe/spellbook/internal/plan"
)

// Prober is what the probes of one run share: how many the engine is given at once.
// That goes by how long it lately takes to get one going, which is what a loaded
// machine shows first. Its zero value is ready to use.
type Prober struct {
	// Noted says of a check that earlier runs found that it bears no second run
	// beside it, also where the image brings it. May be nil.
	Noted func(plan.Check) bool

	mu       sync.Mutex
	queue    []*turn
	flight   int
	latency  time.Duration // of getting a probe going, of late
	conflict []plan.Check
}

// turn is a place in the queue.
type turn struct {
	urgent bool
	come   chan struct{}
}

const (
	usualLatency = 60 * time.Millisecond  // of an engine that has nothing else to do
	engineShare  = 400 * time.Millisecond // what probes in flight may come to, in latencies
	mostFlight   = 8
	longestHold  = time.Second // a check that takes longer is its own load, and no place
	eventDelay   = 50 * time.Millisecond
)

// limit is how many probes may be in flight.
func (p *Prober) limit() int {
	return int(max(1, min(mostFlight, engineShare/max(p.lately(), 1))))
}

func (p *Prober) lately() time.Duration {
	if p.latency == 0 {
		return usualLatency
	}
	return p.latency
}

// slack is what everybody's pauses are multiplied by: 1 while the engine is as quick
// as usual.
func (p *Prober) slack() float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return max(1, float64(p.lately())/float64(usualLatency))
}

// Latency is how long it lately takes to get a probe going.
func (p *Prober) Latency() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lately()
}

// acquire waits for a place. Those that others wait for are before the rest.
func (p *Prober) acquire(ctx context.Context, urgent bool) bool {
	t := &turn{urgent: urgent, come: make(chan struct{})}
	p.mu.Lock()
	at := len(p.queue)
	for urgent && at > 0 && !p.queue[at-1].urgent {
		at--
	}
	p.queue = append(p.queue[:at], append([]*turn{t}, p.queue[at:]...)...)
	p.admit()
	p.mu.Unlock()
	select {
	case <-t.come:
		return true
	case <-ctx.Done():
		p.leave(t)
		return false
	}
}

// admit lets in who is first; p is locked.
func (p *Prober) admit() {
	for len(p.queue) > 0 && p.flight < p.limit() {
		p.flight++
		close(p.queue[0].come)
		p.queue = p.queue[1:]
	}
}

// leave takes a turn out of the queue; one that has come is given back.
func (p *Prober) leave(t *turn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, one := range p.queue {
		if one == t {
			p.queue = append(p.queue[:i], p.queue[i+1:]...)
			return
		}
	}
	p.flight--
	p.admit()
}

// release gives a place back.
func (p *Prober) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.flight--
	p.admit()
}

// note takes the latency of a probe.
func (p *Prober) note(latency time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.latency = (3*p.lately() + latency) / 4
}

// probe runs t's check once its turn has come and Docker's own run of it is far enough.
// After it the place rests for as long again, so that probes never have the engine for
// themselves.
func (p *Prober) probe(ctx context.Context, t Target, check plan.Check, room time.Duration) attempt {
	if !p.acquire(ctx, check.Needed) {
		return attempt{}
	}
	var once sync.Once
	free := func() { once.Do(p.release) }
	before := t.Timer()
	if !before.Free(time.Now(), room) {
		free()
		return attempt{near: true}
	}
	hold := time.AfterFunc(longestHold, free)
	within, cancel := context.WithTimeout(ctx, timeoutOf(check))
	defer cancel()
	began := time.Now()
	ok, latency, err := t.Probe(within, check)
	took := time.Since(began)
	hold.Stop()
	if err == nil {
		p.note(latency)
	}
	time.AfterFunc(min(p.Latency(), longestHold), free)
	after := t.Timer()
	return attempt{ready: err == nil && ok, probed: true, took: took, late: within.Err() != nil && ctx.Err() == nil,
		run: before.Begun + 1, beside: !after.None && (after.Begun > before.Begun || !after.Free(time.Now(), -eventDelay))}
}

// bearsNot notes a check that does not bear a second run beside it.
func (p *Prober) bearsNot(check plan.Check) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conflict = append(p.conflict, check)
}

// Conflicts are the checks that Docker's own run of failed while one of ours was at
// work and went well: they are for Docker alone.
func (p *Prober) Conflicts() []plan.Check {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.conflict
}
