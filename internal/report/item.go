package report

import (
	"strings"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// begin shows a step that has begun; a wait goes on with the time of the start
// before it, and whatever is done to an image with that of its build.
func (it *item) begin(e engine.Event) {
	if it.life != active || !it.image && !waits(e.Step) {
		it.begun = e.At
	}
	it.life, it.word, it.detail = active, e.Step.Action.Verb().Doing, Clean(e.Step.Action.Object().Check)
	it.bytes, it.total = 0, 0
}

func (it *item) note(n engine.Note) {
	if it.image {
		it.noteImage(n)
		return
	}
	if n.Current > 0 || n.Total > 0 {
		it.bytes, it.total = n.Current, n.Total
		return
	}
	it.detail = Clean(n.Text)
}

// noteImage: a build transfers things between its steps, and says at its end
// what it came to.
func (it *item) noteImage(n engine.Note) {
	if n.Lasting {
		it.sum = Clean(n.Text)
		return
	}
	it.detail = strings.TrimPrefix(stepText(n.Text), it.word+" ")
	it.bytes, it.total = n.Current, n.Total
}

// end shows how a step ended; line is that of its event.
func (it *item) end(e engine.Event, line entry) {
	it.left--
	switch e.Kind {
	case engine.Done:
		it.succeed(e)
	case engine.Failed:
		it.close(e, broken, "failed", first(reason(e.Err)))
	case engine.Cancelled:
		it.close(e, severed, cutWord(e.Step), why(line.text))
	case engine.Skipped:
		if it.life == pending || line.text != "" {
			it.close(e, barred, "not "+e.Step.Action.Verb().Done, why(line.text))
		} else if it.life == active { // it was started, and the run stopped before anybody waited for it
			it.close(e, severed, cutWord(e.Step), "the run was stopped")
		}
	}
}

// succeed closes the item with its last step, and leaves it open before.
func (it *item) succeed(e engine.Event) {
	it.detail = ""
	if it.life == active && it.left == 0 {
		it.close(e, over, e.DoneWord(), "")
	} else if !starts(e.Step) && it.life == active {
		it.word = e.DoneWord()
	}
}

// close ends an item; how it failed first stays.
func (it *item) close(e engine.Event, l life, word, detail string) {
	if it.life == broken || it.life == severed || it.life == barred {
		return
	}
	it.life, it.word, it.detail, it.ended = l, word, detail, e.At
}

func cutWord(s plan.Step) string {
	if waits(s) {
		return "not ready"
	}
	return "cut short"
}

// why is the part of a line after its first colon.
func why(text string) string {
	_, after, _ := strings.Cut(text, ": ")
	return first(after)
}

// first is the first line of a text, clean.
func first(text string) string {
	if all := lines(text); len(all) > 0 {
		return all[0]
	}
	return ""
}
