package report

import (
	"strings"
	"sync"
	"time"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// quiet is how long a report without a live tree may say nothing before it
// says what is waited for: somebody who watches wonders by then.
const quiet = 10 * time.Second

// pulse watches how long nothing was written, and what has begun and not
// ended. Its methods may be called from any goroutine.
type pulse struct {
	mu    sync.Mutex
	open  []begun // in the order in which they began
	timer *time.Timer
	tell  func(text string) // called with what there is to say
	now   func() time.Time
}

// begun is a step at work.
type begun struct {
	step plan.Step
	at   time.Time
}

func newPulse(now func() time.Time, tell func(string)) *pulse { return &pulse{now: now, tell: tell} }

// start begins to watch.
func (p *pulse) start() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.timer = time.AfterFunc(quiet, p.beat)
}

// wrote puts the next word off.
func (p *pulse) wrote() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer != nil {
		p.timer.Reset(quiet)
	}
}

// stop ends the watch.
func (p *pulse) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer != nil {
		p.timer.Stop()
		p.timer = nil
	}
}

// see takes an event in.
func (p *pulse) see(e engine.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e.Kind {
	case engine.Begun:
		p.open = append(p.open, begun{e.Step, e.At})
	case engine.Noted:
	default:
		p.close(e.Step.ID)
	}
}

func (p *pulse) close(id plan.ID) {
	for i, b := range p.open {
		if b.step.ID == id {
			p.open = append(p.open[:i], p.open[i+1:]...)
			return
		}
	}
}

// beat says what is waited for.
func (p *pulse) beat() {
	p.mu.Lock()
	stopped := p.timer == nil
	text := waited(p.open, p.now())
	p.mu.Unlock()
	if stopped {
		return
	}
	if text != "" {
		p.tell(text)
	}
	p.wrote()
}

// waited is one line: "still starting db (12s), api (10s); pulling x (9s)".
func waited(open []begun, now time.Time) string {
	var doings []string
	by := map[string][]string{}
	for _, b := range open {
		if hidden(b.step) {
			continue
		}
		doing := deedOf(b.step).doing
		if by[doing] == nil {
			doings = append(doings, doing)
		}
		by[doing] = append(by[doing], needOf(b.step)+" ("+Took(now.Sub(b.at).Round(time.Second))+")")
	}
	for i, doing := range doings {
		doings[i] = doing + " " + strings.Join(by[doing], ", ")
	}
	if len(doings) == 0 {
		return ""
	}
	return "still " + strings.Join(doings, "; ")
}
