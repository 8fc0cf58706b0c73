// Package engine walks a plan: dependency order, bounded concurrency,
// readiness, cancellation. It emits Events and knows no Docker, no project and
// no terminal; it imports plan alone of Spellbook.
package engine

import (
	"cmp"
	"time"

	"github.com/infinitescribe/spellbook/internal/plan"
)

// Kind says what an Event tells.
type Kind string

// What happens to a step, in this order: Begun, any number of Noted, and one
// of the three ends; Skipped steps never begin.
const (
	Begun     Kind = "begun"
	Noted     Kind = "noted"
	Done      Kind = "done"
	Failed    Kind = "failed"
	Cancelled Kind = "cancelled" // cut short by the end of the run
	Skipped   Kind = "skipped"   // something before it failed
)

// Event is one thing that happened in a run.
type Event struct {
	At   time.Time
	Kind Kind
	Step plan.Step
	Note Note          // of Noted
	Err  error         // of Failed and Cancelled
	Took time.Duration // of the three ends: since Begun
	Word string        // of Done: how it ended, where not as its verb says
}

// Note is progress within a step.
type Note struct {
	Text string
	// Current and Total are bytes of a transfer; Total is 0 where unknown.
	Current, Total int64
	// Warning lines deserve a reader even where progress is not shown.
	Warning bool
	// Lasting lines tell what a step brought about, and are told as well.
	Lasting bool
	// End is the word for the step's end, in place of its verb's, and no progress.
	End string
}

// DoneWord is the word for the end of a step that went well: "ready", "done".
func (e Event) DoneWord() string { return cmp.Or(e.Word, e.Step.Action.Verb().Done) }
