package environ

import (
	"maps"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

// What a variable was before Isolate stands in a comment above it: its line, or
// that there was none. So it is wherever the file is, and nowhere else.
const (
	wasLine   = "# before env:isolate: "
	wasAbsent = "# before env:isolate, there was no "
)

var formerForm = lazyregexp.New(`^# before env:isolate(?:: ((?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)(?:\s*[=:].*)?)|, there was no ([A-Za-z_][A-Za-z0-9_]*))$`)

// former is what a comment says that a variable was.
type former struct {
	name, line string // line is "" where there was none
	at         int    // the comment's index
}

func formers(d dotenv.Document) (list []former) {
	for i, e := range d.Entries {
		if m := formerForm.FindStringSubmatch(dotenv.WithBreak(e.Text, "")); e.Kind == dotenv.Comment && m != nil {
			list = append(list, former{m[2] + m[3], m[1], i})
		}
	}
	return list
}

// Isolated are the variables that Isolate gave other values.
func Isolated(d dotenv.Document) (names []string) {
	for _, f := range formers(d) {
		names = append(names, f.name)
	}
	return names
}

// Isolate gives variables other values, as Set does, and keeps what they were
// for Restore; what was kept before stays. The failures are those of Set, and
// Preflight where what is to be kept is not one line.
func Isolate(doc dotenv.Document, values map[string]string) (dotenv.Document, error) {
	kept := Isolated(doc)
	for _, name := range slices.Sorted(maps.Keys(values)) {
		was := doc.Winner(name)
		if was >= 0 && doc.Entries[was].Says(values[name]) {
			continue
		}
		line := wasAbsent + name
		if was >= 0 {
			line = wasLine + dotenv.WithBreak(doc.Entries[was].Text, "")
		}
		next, err := dotenv.Set(doc, name, values[name])
		if err != nil {
			return dotenv.Document{}, err
		}
		if doc = next; slices.Contains(kept, name) {
			continue
		}
		var ok bool
		if doc, ok = commented(next, name, line); !ok {
			return dotenv.Document{}, failure.New(failure.Preflight, "what %s is now cannot be kept for -undo", name).
				WithHint("write it as a line of its own, NAME=value")
		}
	}
	return doc, nil
}

// commented puts a comment above the line that gives a variable its value.
func commented(d dotenv.Document, name, comment string) (dotenv.Document, bool) {
	if !formerForm.MatchString(comment) {
		return d, false
	}
	return d.Insert(d.Winner(name), comment)
}

// Restore takes back what Isolate did: every line is what it was. The failure
// is Preflight where doc has a malformed line.
func Restore(doc dotenv.Document) (dotenv.Document, error) {
	if err := doc.Sound(); err != nil {
		return dotenv.Document{}, err
	}
	entries := slices.Clone(doc.Entries)
	for _, f := range formers(doc) {
		entries[f.at].Text = ""
		at := doc.Winner(f.name)
		switch {
		case at >= 0 && f.line == "":
			entries[at].Text = ""
		case at >= 0 && strings.HasSuffix(entries[at].Text, "\n"):
			entries[at].Text = dotenv.WithBreak(f.line, doc.LineBreak())
		case at >= 0:
			entries[at].Text = f.line
		case f.line != "": // somebody deleted the line
			entries[f.at].Text = dotenv.WithBreak(f.line, doc.LineBreak())
		}
	}
	return dotenv.Parse(dotenv.Document{Entries: entries}.String()), nil
}
