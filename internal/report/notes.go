package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/plan"
)

func noteLevel(n engine.Note) level {
	if n.Warning {
		return warning
	}
	return info
}

// noteText tells every warning, and bytes now and then; the rest of what a
// command says is for the live tree.
func (t *teller) noteText(e engine.Event) string {
	n := e.Note
	if n.Warning {
		return "warning: " + n.Text
	}
	if n.Lasting {
		return n.Text
	}
	if n.Current == 0 && n.Total == 0 || e.At.Sub(t.told[e.Step.ID]) < pause {
		return ""
	}
	t.told[e.Step.ID] = e.At
	return join(deedOf(e.Step).doing, objects(e.Step), progress(n))
}

// progress is the bytes of a note in words.
func progress(n engine.Note) string {
	if n.Total <= 0 {
		return bytesOf(n.Current)
	}
	return fmt.Sprintf("%s (%d%%)", transfer(n.Current, n.Total), percent(n.Current, n.Total))
}

// skippedText says of a service why it was not started; waits that never
// began have nothing to add.
func (t *teller) skippedText(s plan.Step) string {
	if plan.Waits(s.Action) {
		return ""
	}
	text := "not " + deedOf(s).done
	if needs := t.missing(s); len(needs) > 0 {
		return text + ": needs " + strings.Join(needs, ", ")
	}
	return text + ": the run was stopped"
}

// missing are the subjects of the steps that s could not do without and that
// did not get done.
func (t *teller) missing(s plan.Step) []string {
	var needs []string
	for _, e := range s.After {
		end, over := t.ends[e.ID]
		if e.Soft || !over || end == engine.Done {
			continue
		}
		if need := needOf(t.steps[e.ID]); !slices.Contains(needs, need) {
			needs = append(needs, need)
		}
	}
	return needs
}

func needOf(s plan.Step) string {
	if a, pull := s.Action.(plan.PullImage); pull {
		return a.Image
	}
	return subjectOf(s)
}
