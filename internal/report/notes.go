package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/units"
)

func noteLevel(n engine.Note) level {
	if n.Warning {
		return warning
	}
	return info
}

// noteText tells every warning, and bytes now and then; the rest of what a
// command says is for the live tree.
func (t *lineFormatter) noteText(e engine.Event) string {
	n := e.Note
	if n.Warning {
		return "warning: " + n.Text
	}
	if builds(e.Step) {
		return t.buildNote(e)
	}
	if n.Lasting {
		return n.Text
	}
	if n.Current == 0 && n.Total == 0 || e.At.Sub(t.told[e.Step.ID]) < pause {
		return ""
	}
	t.told[e.Step.ID] = e.At
	if refOf(e.Step) != "" { // the names have been told
		return join(e.Step.Action.Verb().Doing, progress(n))
	}
	return join(e.Step.Action.Verb().Doing, objects(e.Step), progress(n))
}

// progress is the bytes of a note in words.
func progress(n engine.Note) string {
	if n.Total <= 0 {
		return units.Decimal(n.Current)
	}
	return fmt.Sprintf("%s (%d%%)", units.Progress(n.Current, n.Total), percent(n.Current, n.Total))
}

// skippedText says of a service why it was not started; waits that never
// began, and what was to follow a build that failed, have nothing to add.
func (t *lineFormatter) skippedText(s plan.Step) string {
	if waits(s) {
		return ""
	}
	text := "not " + s.Action.Verb().Done
	needs := t.missing(s)
	if refOf(s) != "" && slices.Equal(needs, []string{t.subject(s)}) {
		return "" // that it has no image has been told
	}
	if len(needs) > 0 {
		return text + ": needs " + strings.Join(needs, ", ")
	}
	return text + ": the run was stopped"
}

// missing are the subjects of the steps that s could not do without and that
// did not get done.
func (t *lineFormatter) missing(s plan.Step) []string {
	var needs []string
	for _, e := range s.After {
		end, over := t.ends[e.ID]
		step, known := t.steps[e.ID]
		if e.Soft || !over || !known || end == engine.Done {
			continue
		}
		if need := t.need(step); !slices.Contains(needs, need) {
			needs = append(needs, need)
		}
	}
	return needs
}

// need is what others call a step that they wait for.
func (t *lineFormatter) need(s plan.Step) string {
	if o := s.Action.Object(); o.Shared {
		return o.Noun
	}
	return t.subject(s)
}
