package dotenv

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

// Set returns doc with name set to value, which is taken literally: compose-go
// reads exactly it back, and godotenv does too wherever one text can be right
// for both. Only the assignment that wins changes, which is the last; its
// export, its quotes where they serve, its comment and its line break stay. A
// name that is not there becomes a line of its own, above the blank lines at
// the end. Setting what is there already changes nothing.
//
// The failure is Usage for a name or value that an env file cannot hold, and
// Preflight where doc has a malformed line. No failure tells the value.
func Set(doc Document, name, value string) (Document, error) {
	if err := doc.settable(name, value); err != nil {
		return Document{}, err
	}
	texts, i := doc.texts(), doc.Winner(name)
	if i < 0 {
		i = doc.End()
		texts = insertLines(texts, i, doc.LineBreak(), NewAssignment(name, value, doc.LineBreak()))
	} else if !doc.Entries[i].Says(value) {
		texts[i] = doc.Entries[i].saying(value)
	}
	next, ok := assemble(texts)
	if j := next.Winner(name); !ok || j < 0 || !next.Entries[j].Says(value) {
		return Document{}, unwritable(name)
	}
	return next, nil
}

// settable refuses what Set cannot do.
func (d Document) settable(name, value string) error {
	if d.Winner(name) < 0 && !IsShellName(name) {
		return failure.New(failure.Usage, "variable name %q is not letters, digits and _", name).
			WithHint("write it as in POSTGRES_PORT")
	}
	if strings.ContainsRune(value, 0) || !utf8.ValidString(value) {
		return unwritable(name)
	}
	return d.Sound()
}

func unwritable(name string) error {
	return failure.New(failure.Usage, "the value of %s cannot be written in an env file", name).
		WithHint("give it as UTF-8 text without NUL characters")
}

// Sound refuses a document that Compose refuses: where an entry ends is not
// certain there.
func (d Document) Sound() error {
	i := slices.IndexFunc(d.Entries, func(e Entry) bool { return e.Kind == Malformed })
	if i < 0 {
		return nil
	}
	e := failure.New(failure.Preflight, "%w", LineError{d.Entries[i].Line, d.Entries[i].Problem})
	return e.WithHint("correct that line first")
}

// Winner is the index of the entry that gives name its value: its last
// assignment, or a bare name where there is none; -1 without either.
func (d Document) Winner(name string) int {
	found := -1
	for i, e := range d.Entries {
		if e.Name != name || e.Name == "" {
			continue
		}
		if found < 0 || e.Kind == Assignment || d.Entries[found].Kind == Bare {
			found = i
		}
	}
	return found
}

// IsShellName reports whether a shell takes the name too, which is stricter than
// Compose.
func IsShellName(name string) bool { return shellName.MatchString(name) }

var shellName = lazyregexp.New(`^[A-Za-z_][A-Za-z0-9_]*$`)

// plainNew is what a new line has without quotes: it needs none in a shell
// either. plainOld is what may go where there were no quotes before.
var (
	plainNew = lazyregexp.New(`^[A-Za-z0-9_./:@%+,=-]*$`)
	plainOld = lazyregexp.New("^[^\"'`#$\\\\\\s\\p{C}\\p{Z}]*$")
)

// NewAssignment is a line of its own, its line break included.
func NewAssignment(name, value, lineBreak string) string {
	var choices []string
	for _, spelling := range spellings(value, 0, plainNew) {
		choices = append(choices, name+"="+spelling+lineBreak)
	}
	return bestText(choices, name, value)
}

// saying is the text of the entry with another value.
func (e Entry) saying(value string) string {
	quote, place := e.Quote(), e.value
	if quote != 0 {
		place = span{place.start - 1, place.end + 1}
	}
	multiline := strings.Contains(e.Text[place.start:place.end], "\n")
	var choices []string
	for _, spelling := range spellings(value, quote, plainOld) {
		if multiline && spelling != "" && spelling[0] == '"' {
			spelling = inDouble(value, "\n")
		}
		if e.Kind == Bare {
			spelling = "=" + spelling
		}
		choices = append(choices, e.Text[:place.start]+spelling+e.Text[place.end:])
	}
	return bestText(choices, e.Name, value)
}

// Quote is the quote around the value, or 0.
func (e Entry) Quote() byte {
	if e.Kind != Assignment || e.value.start == 0 || e.value.end >= len(e.Text) {
		return 0
	}
	if q := e.Text[e.value.start-1]; (q == '"' || q == '\'') && e.Text[e.value.end] == q {
		return q
	}
	return 0
}
