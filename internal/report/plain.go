package report

import (
	"fmt"
	"strings"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// clock is how a line says when.
const clock = "15:04:05.000"

// plain writes a line an event.
type plain struct {
	o       Options
	teller  *teller
	stopped bool
}

// Start announces the run.
func (r *plain) Start(title string, p plan.Plan) {
	r.teller.start(p)
	r.write(fmt.Sprintf("%s  %s\n", r.o.Now().Format(clock), clean(title)))
}

// Event writes the line of an event, if it is worth one.
func (r *plain) Event(e engine.Event) {
	if line, ok := r.teller.tell(e); ok {
		r.write(format(line, r.teller.width, newPalette(r.o.Color)))
	}
}

// Stop ends the report.
func (r *plain) Stop() { r.stopped = true }

func (r *plain) write(text string) {
	if !r.stopped {
		_, _ = r.o.Err.Write([]byte(text))
	}
}

// format is an entry as text; lines after the first hang below it, behind a
// bar so that none begins with what somebody else wrote.
func format(e entry, width int, p palette) string {
	var b strings.Builder
	stamp := e.at.Format(clock)
	for i, text := range lines(e.text) {
		if i > 0 {
			fmt.Fprintf(&b, "%s  │ %s\n", strings.Repeat(" ", len(stamp)+2+width), text)
			continue
		}
		fmt.Fprintf(&b, "%s  %s  %s\n", p.paint(faint, stamp), pad(e.who, width), p.paint(toneOfLevel(e.level), text))
	}
	return b.String()
}

func toneOfLevel(l level) tone {
	switch l {
	case warning:
		return warn
	case grave:
		return bad
	}
	return normal
}
