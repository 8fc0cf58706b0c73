package report

import (
	"fmt"
	"strings"
	"sync"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// clock is how a line says when.
const clock = "15:04:05.000"

// plain writes a line an event, and one where there has been none for a while.
type plain struct {
	o             Options
	lineFormatter *lineFormatter
	idleNotifier  *idleNotifier

	mu      sync.Mutex // guards what follows, and that lines stay whole
	stopped bool
}

func newPlain(o Options) *plain {
	r := &plain{o: o, lineFormatter: newLineFormatter()}
	r.idleNotifier = newIdleNotifier(o.Now, r.lineFormatter.need, func(text string) { r.write(o.Now().Format(clock) + "  " + text + "\n") })
	return r
}

// Start announces the run.
func (r *plain) Start(title string, p plan.Plan) {
	r.lineFormatter.start(p)
	r.write(fmt.Sprintf("%s  %s\n", r.o.Now().Format(clock), Clean(title)))
	r.idleNotifier.start()
}

// Event writes the line of an event, if it is worth one.
func (r *plain) Event(e engine.Event) {
	r.idleNotifier.see(e)
	if line, ok := r.lineFormatter.tell(e); ok {
		r.idleNotifier.wrote()
		r.write(format(line, r.lineFormatter.width, NewPalette(r.o.Color)))
	}
}

// Stop ends the report.
func (r *plain) Stop() {
	r.idleNotifier.stop()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopped = true
}

func (r *plain) write(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.stopped {
		_, _ = r.o.Err.Write([]byte(text))
	}
}

// format is an entry as text; lines after the first hang below it, behind a
// bar so that none begins with what somebody else wrote.
func format(e entry, width int, p Palette) string {
	var b strings.Builder
	stamp := e.at.Format(clock)
	for i, text := range lines(e.text) {
		if i > 0 {
			fmt.Fprintf(&b, "%s  │ %s\n", strings.Repeat(" ", len(stamp)+2+width), text)
			continue
		}
		fmt.Fprintf(&b, "%s  %s  %s\n", p.paint(Faint, stamp), Pad(e.who, width), p.paint(toneOfLevel(e.level), text))
	}
	return b.String()
}

func toneOfLevel(l level) Tone {
	switch l {
	case warning:
		return Warn
	case grave:
		return Bad
	}
	return Normal
}
