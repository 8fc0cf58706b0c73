package environ

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/secret"
)

// Addition is a variable that Sync added.
type Addition struct {
	Variable string   `json:"variable"`
	Line     int      `json:"line"`  // of Lines[0], in the new document
	Lines    []string `json:"lines"` // what was added, comments included; a generated value is masked
}

// Sync adds to doc the variables that the template has and doc has not, in the
// template's order, each with the comments above it, next to the neighbours
// that it has in the template. What is there stays as it is, byte for byte; only
// a last line without a line break gets one. Secrets that ask for it are
// generated; deprecated variables are not added, nor those that are a name alone
// in the template, which nobody has to have. The failure is Preflight where
// doc has a malformed line.
func Sync(t Template, doc dotenv.Document, random io.Reader) (dotenv.Document, []Addition, error) {
	if err := doc.Sound(); err != nil {
		return dotenv.Document{}, nil, err
	}
	s := syncer{template: t, doc: doc}
	for i := range t.Variables {
		if err := s.add(i, random); err != nil {
			return dotenv.Document{}, nil, err
		}
	}
	s.number()
	return s.doc, s.added, nil
}

type syncer struct {
	template Template
	doc      dotenv.Document
	added    []Addition
	leads    []int // how many lines each addition has above its variable
}

// add puts the template's i-th variable into the document if it is not there.
func (s *syncer) add(i int, random io.Reader) error {
	v := s.template.Variables[i]
	if v.UseInstead != "" || s.doc.Winner(v.Name) >= 0 || s.template.IsOptional(v.Name) || s.template.left[v.Name] {
		return nil
	}
	entry := s.template.entry(v.Name)
	text, shown := entry.Text, entry.Text
	if v.Generate > 0 {
		value, err := generate(random, v.Generate)
		if err != nil {
			return failure.New(failure.Unexpected, "generate a value for %q: %w", v.Name, err)
		}
		text, shown = entry.WithValue(value.Reveal()), entry.WithValue(secret.Mask)
	}
	return s.insert(v.Name, s.place(i), text, shown)
}

func (s *syncer) insert(name string, p place, text, shown string) error {
	next, ok := s.doc.Insert(p.at, slices.Concat(p.above, []string{text}, p.below)...)
	if !ok {
		return failure.New(failure.Unexpected, "add %s: the lines of the template run into those of the environment", name).
			WithHint("add it by hand")
	}
	s.doc, s.leads = next, append(s.leads, len(p.above))
	s.added = append(s.added, Addition{Variable: name, Lines: slices.Concat(p.above, []string{dotenv.WithBreak(shown, "")}, p.below)})
	return nil
}

// number says where each addition ended up, after those above it came.
func (s *syncer) number() {
	for i, a := range s.added {
		s.added[i].Line = s.doc.Entries[s.doc.Winner(a.Variable)].Line - s.leads[i]
	}
}

// entry is the entry of one of the template's variables.
func (t Template) entry(name string) dotenv.Entry { return t.Document.Entries[t.index(name)] }

// IsOptional reports whether the template has the variable as a name alone: it
// is the same without the line.
func (t Template) IsOptional(name string) bool {
	i := t.index(name)
	return i >= 0 && t.Document.Entries[i].Kind == dotenv.Bare
}

func (t Template) index(name string) int {
	return slices.IndexFunc(t.Document.Entries, func(e dotenv.Entry) bool { return e.Name == name && e.Kind != dotenv.Malformed })
}

// LeftToDefaults reports whether an environment does as well without a variable of
// the template: that says no value, and the Compose files have a default for it or pass
// on what is set, which a line NAME= would take away.
func (t Template) LeftToDefaults(v Variable, environment string, uses []Usage) bool {
	i := t.index(v.Name)
	if i < 0 || t.Document.Entries[i].ValueText() != "" || v.Generate > 0 || v.IsRequired(environment) ||
		slices.ContainsFunc(t.Declared(), func(d Declared) bool { return d.Name == v.Name && d.Required }) {
		return false
	}
	return slices.ContainsFunc(uses, func(u Usage) bool { return u.Variable == v.Name && (u.HasDefault || u.ByName) })
}

// Leaving is the template whose variables Sync does not add where an environment
// does as well without them.
func (t Template) Leaving(environment string, uses []Usage) Template {
	t.left = map[string]bool{}
	for _, v := range t.Variables {
		t.left[v.Name] = t.LeftToDefaults(v, environment, uses)
	}
	return t
}

// String is the addition as lines of a diff.
func (a Addition) String() string {
	var b strings.Builder
	for _, line := range a.Lines {
		fmt.Fprintf(&b, "+%s\n", line)
	}
	return b.String()
}
