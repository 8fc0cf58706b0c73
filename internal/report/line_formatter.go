package report

import (
	"errors"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/units"
)

// pause is the least time between two lines of progress about one step.
const pause = 2 * time.Second

// level says how much a line matters.
type level int

const (
	info level = iota
	warning
	grave
)

// entry is one line of a log.
type entry struct {
	at      time.Time
	who     string
	service bool // who is a service
	text    string
	level   level
}

// lineFormatter turns events into lines. It remembers what a line refers to: when a
// service was started, what ended how, when progress was last told.
type lineFormatter struct {
	steps map[plan.ID]plan.Step
	ends  map[plan.ID]engine.Kind
	begun map[string]time.Time // of services
	told  map[plan.ID]time.Time
	moved map[plan.ID]int64  // bytes of a transfer
	sums  map[plan.ID]string // what a build came to: "9 steps, 6 cached"
	names map[string]string  // of images, by their references' last parts
	width int                // of the longest subject
}

func newLineFormatter() *lineFormatter {
	return &lineFormatter{steps: map[plan.ID]plan.Step{}, ends: map[plan.ID]engine.Kind{},
		begun: map[string]time.Time{}, told: map[plan.ID]time.Time{}, moved: map[plan.ID]int64{}, sums: map[plan.ID]string{}}
}

func (t *lineFormatter) start(p plan.Plan) {
	t.names = imageNames(p)
	for _, s := range p.Steps {
		t.steps[s.ID] = s
		if !s.Action.Verb().Silent {
			t.width = max(t.width, Columns(t.subject(s)))
		}
	}
	t.width = min(t.width, 24)
}

// subject is subjectOf, with the names of this plan's images.
func (t *lineFormatter) subject(s plan.Step) string {
	if name := t.names[lastPart(refOf(s))]; name != "" && s.Service == "" {
		return name
	}
	return subjectOf(s)
}

// tell is the line of an event; ok is false where it is not worth one.
func (t *lineFormatter) tell(e engine.Event) (entry, bool) {
	t.remember(e)
	line := entry{at: e.At, who: t.subject(e.Step), service: e.Step.Service != ""}
	if e.Step.Action.Verb().Silent && e.Kind != engine.Failed {
		return line, false
	}
	switch e.Kind {
	case engine.Begun:
		line.text = t.begunText(e.Step)
	case engine.Noted:
		line.text = t.noteText(e)
		line.level = noteLevel(e.Note)
	case engine.Done:
		line.text = t.doneText(e)
	case engine.Failed:
		line.text, line.level = t.failedText(e), grave
	case engine.Cancelled:
		line.text = cancelledText(e)
	case engine.Skipped:
		line.text = t.skippedText(e.Step)
	}
	return line, line.text != ""
}

func (t *lineFormatter) remember(e engine.Event) {
	switch e.Kind {
	case engine.Begun:
		t.told[e.Step.ID] = e.At
		if starts(e.Step) {
			t.begun[e.Step.Service] = e.At
		}
	case engine.Noted:
		t.moved[e.Step.ID] = max(t.moved[e.Step.ID], e.Note.Total)
	default:
		t.ends[e.Step.ID] = e.Kind
	}
}

// took is how long a step, and for a wait the start before it, has taken.
func (t *lineFormatter) took(e engine.Event) time.Duration {
	if begun, ok := t.begun[e.Step.Service]; ok && waits(e.Step) {
		return e.At.Sub(begun)
	}
	return e.Took
}

// begunText: a start and a name are told when they are done, a wait only where
// there was no start before it.
func (t *lineFormatter) begunText(s plan.Step) string {
	verb := s.Action.Verb()
	if verb.Instant || waits(s) && s.Cause == "" {
		return ""
	}
	if waits(s) {
		return join("waiting", bracket(s.Cause))
	}
	return join(verb.Doing, objects(s), audience(s, t.subject(s)), bracket(s.Cause))
}

// startedFor is the cause of a start that is done: what there was not is there
// now.
func startedFor(cause string) string {
	if cause == "no container" {
		return "new container"
	}
	return cause
}

func (t *lineFormatter) doneText(e engine.Event) string {
	s := e.Step
	if starts(s) {
		return join("started", objects(s), bracket(startedFor(s.Cause)))
	}
	words := []string{e.DoneWord()}
	if s.Action.Object().Shared || refOf(s) != "" {
		words = append(words, objects(s))
	}
	words = append(words, "after", Took(t.took(e)))
	if sum := t.sums[s.ID]; sum != "" {
		return join(append(words, bracket(sum))...)
	}
	if n := t.moved[s.ID]; n > 0 {
		words = append(words, "("+units.Decimal(n)+")")
	}
	return join(words...)
}

func (t *lineFormatter) failedText(e engine.Event) string {
	words := []string{"failed after", Took(t.took(e))}
	if !waits(e.Step) {
		words = append([]string{e.Step.Action.Verb().Doing, objects(e.Step)}, words...)
	}
	text := join(words...) + ": " + reason(e.Err)
	if e.Step.Optional {
		text += " (optional: the run goes on)"
	}
	return text
}

// cancelledText: a time-out says so, other ends have been told already.
func cancelledText(e engine.Event) string {
	text := join(e.Step.Action.Verb().Doing, "cut short after", Took(e.Took))
	if waits(e.Step) {
		text = join("not ready after", Took(e.Took))
	}
	if why := reason(e.Err); e.Err != nil && !errors.Is(e.Err, engine.ErrStopped) && !strings.Contains(why, "context canceled") {
		return text + ": " + why
	}
	return text + ": the run was stopped"
}
