package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/lazyregexp"
	"github.com/infinitescribe/spellbook/internal/units"
)

// explainedFiles is how many changed files are shown by name.
const explainedFiles = 20

// ExplainTable writes to o.Out what a build of the service's image would do,
// and which inputs are others than at the last build: few files by name, and
// how many more. The values of secrets are never shown.
func ExplainTable(o Options, e Explanation) error {
	o = o.WithDefaults()
	text := Fold(explainTitle(e), o.Width) + "\n" + Fold(explainVerdict(o, e), o.Width) + "\n"
	if _, err := io.WriteString(o.Out, text); err != nil {
		return fmt.Errorf("write explanation: %w", err)
	}
	if len(e.Changes) == 0 {
		return nil
	}
	if _, err := io.WriteString(o.Out, "\n"); err != nil {
		return fmt.Errorf("write explanation: %w", err)
	}
	header, rows := []string{"INPUT", "NAME", "CHANGE"}, changeRows(e.Changes)
	squeeze(o, header, rows, 2, 24, underneath)
	squeeze(o, header, rows, 1, 16, fronts)
	return Table(o.Out, o, header, rows)
}

// explainTitle says what the service is built into, and who shares it.
func explainTitle(e Explanation) string {
	var others []string
	for _, s := range e.Services {
		if s != e.Service {
			others = append(others, Clean(s))
		}
	}
	text := Clean(e.Service) + " is built into " + Clean(e.Image)
	if len(others) > 0 {
		text += ", shared with " + strings.Join(others, ", ")
	}
	return text
}

// explainVerdict says what a build would do now.
func explainVerdict(o Options, e Explanation) string {
	since := "since the last build"
	if !e.Built.IsZero() {
		since += ", " + ago(e.Built, o.Now())
	}
	changed := units.Plural(len(e.Changes), "input") + " changed " + since
	if len(e.Changes) == 0 {
		changed = "nothing changed " + since
	}
	if e.Last == "" {
		changed = or(Clean(e.Cause), "no build of it is on record")
	}
	switch e.State {
	case ToBuild:
		if len(e.Changes) == 0 && e.Last != "" {
			return "would be built: " + or(Clean(e.Cause), changed)
		}
		return "would be built: " + changed
	case ToTag:
		return "would be tagged, not built: " + or(Clean(e.Cause), changed)
	case ImageExists:
		return "is there, nothing to do: " + changed
	}
	return changed
}

// ago is how long ago something was, in a sentence.
func ago(then, now time.Time) string {
	if now.Sub(then) < time.Second {
		return "just now"
	}
	return age(then, now) + " ago"
}

// words are the input for people.
func (i Input) words() string {
	if i == InputDockerfile {
		return "Dockerfile"
	}
	return strings.ReplaceAll(string(i), "_", " ")
}

// changeRows are the changes, files last and at most explainedFiles of them.
func changeRows(changes []Change) [][]Cell {
	var rows, files [][]Cell
	for _, c := range changes {
		r := []Cell{{Text: c.Input.words(), Whole: true}, {Text: Clean(c.Name), Last: true}, {Text: changeText(c)}}
		if c.Input == InputFile {
			files = append(files, r)
		} else {
			rows = append(rows, r)
		}
	}
	if more := len(files) - explainedFiles; more > 0 {
		files = append(files[:explainedFiles], []Cell{{}, {Text: "and " + units.Plural(more, "more file")}, {}})
	}
	return append(rows, files...)
}

// changeText is what became of an input, with its values where they are short
// and no secrets.
func changeText(c Change) string {
	before, after := short(c.Old), short(c.New)
	switch {
	case c.Secret:
		return string(c.how()) + ", a secret"
	case c.Input == InputFile || c.Input == InputDockerfile:
		return string(c.how())
	case before == "" && after == "":
		return string(c.how())
	case before == "":
		return "added: " + after
	case after == "":
		return "removed: " + before
	}
	return before + " → " + after
}

var digest = lazyregexp.New(`\b(?:[a-z0-9]+:)?([0-9a-f]{12})[0-9a-f]{20,}\b`)

// valueColumns are enough to tell a value from another; documents have it whole.
const valueColumns = 120

// short is a value in one line, with digests as people know them from Docker:
// their first twelve digits.
func short(value string) string {
	return Cut(digest.ReplaceAllString(Clean(value), "$1"), valueColumns)
}
