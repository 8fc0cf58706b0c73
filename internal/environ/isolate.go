package environ

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// What a variable was before Isolate stands in a comment above it: its line, or
// that there was none. So it is wherever the file is, and nowhere else.
const (
	wasLine   = "# before env:isolate: "
	wasAbsent = "# before env:isolate, there was no "
)

var formerForm = regexp.MustCompile(`^# before env:isolate(?:: ((?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)(?:\s*[=:].*)?)|, there was no ([A-Za-z_][A-Za-z0-9_]*))$`)

// former is what a comment says that a variable was.
type former struct {
	name, line string // line is "" where there was none
	at         int    // the comment's index
}

func (d Document) formers() (list []former) {
	for i, e := range d.Entries {
		if m := formerForm.FindStringSubmatch(withBreak(e.Text, "")); e.Kind == Comment && m != nil {
			list = append(list, former{m[2] + m[3], m[1], i})
		}
	}
	return list
}

// Isolated are the variables that Isolate gave other values.
func (d Document) Isolated() (names []string) {
	for _, f := range d.formers() {
		names = append(names, f.name)
	}
	return names
}

// Isolate gives variables other values, as Set does, and keeps what they were
// for Restore; what was kept before stays. The failures are those of Set, and
// Preflight where what is to be kept is not one line.
func Isolate(doc Document, values map[string]string) (Document, error) {
	kept := doc.Isolated()
	for _, name := range slices.Sorted(maps.Keys(values)) {
		was := doc.winner(name)
		if was >= 0 && doc.Entries[was].says(values[name]) {
			continue
		}
		line := wasAbsent + name
		if was >= 0 {
			line = wasLine + withBreak(doc.Entries[was].Text, "")
		}
		next, err := Set(doc, name, values[name])
		if err != nil {
			return Document{}, err
		}
		if doc = next; slices.Contains(kept, name) {
			continue
		}
		var ok bool
		if doc, ok = next.commented(name, line); !ok {
			return Document{}, failure.New(failure.Preflight, "what %s is now cannot be kept for -undo", name).
				WithHint("write it as a line of its own, NAME=value")
		}
	}
	return doc, nil
}

// commented puts a comment above the line that gives a variable its value.
func (d Document) commented(name, comment string) (Document, bool) {
	if !formerForm.MatchString(comment) {
		return d, false
	}
	lineBreak := d.lineBreak()
	return assemble(insertLines(d.texts(), d.winner(name), lineBreak, comment+lineBreak))
}

// Restore takes back what Isolate did: every line is what it was. The failure
// is Preflight where doc has a malformed line.
func Restore(doc Document) (Document, error) {
	if err := doc.sound(); err != nil {
		return Document{}, err
	}
	texts := doc.texts()
	for _, f := range doc.formers() {
		texts[f.at] = ""
		at := doc.winner(f.name)
		switch {
		case at >= 0 && f.line == "":
			texts[at] = ""
		case at >= 0 && strings.HasSuffix(texts[at], "\n"):
			texts[at] = withBreak(f.line, doc.lineBreak())
		case at >= 0:
			texts[at] = f.line
		case f.line != "": // somebody deleted the line
			texts[f.at] = withBreak(f.line, doc.lineBreak())
		}
	}
	return ParseDocument(strings.Join(texts, "")), nil
}
