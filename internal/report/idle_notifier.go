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

// noteColumns are enough to tell the steps of a build apart.
const noteColumns = 60

// idleNotifier watches how long nothing was written, and what has begun and not
// ended. Its methods may be called from any goroutine.
type idleNotifier struct {
	mu    sync.Mutex
	open  []begun // in the order in which they began
	timer *time.Timer
	tell  func(text string) // called with what there is to say
	name  func(plan.Step) string
	now   func() time.Time
}

// begun is a step at work.
type begun struct {
	step plan.Step
	at   time.Time
	note string // of a build: what runs in it
}

func newIdleNotifier(now func() time.Time, name func(plan.Step) string, tell func(string)) *idleNotifier {
	return &idleNotifier{now: now, name: name, tell: tell}
}

// start begins to watch.
func (p *idleNotifier) start() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.timer = time.AfterFunc(quiet, p.beat)
}

// wrote puts the next word off.
func (p *idleNotifier) wrote() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer != nil {
		p.timer.Reset(quiet)
	}
}

// stop ends the watch.
func (p *idleNotifier) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer != nil {
		p.timer.Stop()
		p.timer = nil
	}
}

// see takes an event in.
func (p *idleNotifier) see(e engine.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e.Kind {
	case engine.Begun:
		p.open = append(p.open, begun{step: e.Step, at: e.At})
	case engine.Noted:
		p.note(e)
	default:
		p.close(e.Step.ID)
	}
}

// note remembers what runs in a build, which may well be long without a line.
func (p *idleNotifier) note(e engine.Event) {
	for i, b := range p.open {
		if b.step.ID == e.Step.ID && builds(e.Step) && !e.Note.Lasting && !e.Note.Warning {
			p.open[i].note = Cut(buildProgress(e.Note), noteColumns)
		}
	}
}

func (p *idleNotifier) close(id plan.ID) {
	for i, b := range p.open {
		if b.step.ID == id {
			p.open = append(p.open[:i], p.open[i+1:]...)
			return
		}
	}
}

// beat says what is waited for.
func (p *idleNotifier) beat() {
	p.mu.Lock()
	stopped := p.timer == nil
	text := p.waited(p.now())
	p.mu.Unlock()
	if stopped {
		return
	}
	if text != "" {
		p.tell(text)
	}
	p.wrote()
}

// text is how long a step has been at work, and what runs in a build.
func (b begun) text(now time.Time) string {
	took := Took(now.Sub(b.at).Round(time.Second))
	if b.note == "" {
		return took
	}
	return took + ": " + b.note
}

// waited is one line: "still starting db (12s), api (10s); pulling x (9s)".
func (p *idleNotifier) waited(now time.Time) string {
	var doings []string
	by := map[string][]string{}
	for _, b := range p.open {
		if b.step.Action.Verb().Silent {
			continue
		}
		doing := b.step.Action.Verb().Doing
		if by[doing] == nil {
			doings = append(doings, doing)
		}
		by[doing] = append(by[doing], p.name(b.step)+" "+bracket(b.text(now)))
	}
	for i, doing := range doings {
		doings[i] = doing + " " + strings.Join(by[doing], ", ")
	}
	if len(doings) == 0 {
		return ""
	}
	return "still " + strings.Join(doings, "; ")
}
