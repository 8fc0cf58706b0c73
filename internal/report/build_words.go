package report

import (
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/lazyregexp"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// references are names of images, with their repository only where it is
// another than before: "scribe/backend:3f9a, :latest".
func references(refs []string) string {
	var words []string
	last := ""
	for _, ref := range refs {
		if repo := repository(ref); repo == last {
			ref = strings.TrimPrefix(ref, repo)
		} else {
			last = repo
		}
		words = append(words, ref)
	}
	return strings.Join(words, ", ")
}

// builds: the step has BuildKit make an image.
func builds(s plan.Step) bool { return s.Action.Object().Image.Build != "" }

// audience says whom an image is for, where its name does not.
func audience(s plan.Step, name string) string {
	services := s.Action.Object().Image.Services
	if len(services) == 0 || slices.Equal(services, []string{name}) {
		return ""
	}
	return "for " + strings.Join(services, ", ")
}

// buildNote is what runs within a build, now and then; what it came to waits
// for the end.
func (t *lineFormatter) buildNote(e engine.Event) string {
	n := e.Note
	if n.Lasting {
		t.sums[e.Step.ID] = Clean(n.Text)
		return ""
	}
	text := buildProgress(n)
	if text == "" || e.At.Sub(t.told[e.Step.ID]) < pause {
		return ""
	}
	t.told[e.Step.ID] = e.At
	return text
}

// buildProgress is a note of a build in one line.
func buildProgress(n engine.Note) string {
	if n.Current == 0 && n.Total == 0 {
		return stepText(n.Text)
	}
	return join(stepText(n.Text), progress(n))
}

// flags are those of a RUN that say how it runs and not what.
var flags = lazyregexp.New(`\bRUN(?: +--(?:mount|network|security|device)=\S+)+`)

// stepText is an instruction in one line, as far as it tells what is done.
func stepText(text string) string { return flags.ReplaceAllString(Clean(text), "RUN") }
