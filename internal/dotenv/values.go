package dotenv

import (
	"errors"
	"io"
	"slices"

	"github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/compose-spec/compose-go/v2/template"
	"github.com/sirupsen/logrus"

	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

// Lookup is what is set outside a file: the shell. It may be nil.
type Lookup func(name string) (value string, ok bool)

// Evaluated is an Assignment or Bare entry with what compose-go reads in it.
type Evaluated struct {
	Entry
	Value      string
	IsSet      bool     // false for a bare name that nothing sets, and for what is refused
	References []string // the names that were looked up, without the bare name itself
	Unset      []string // those of them that are not set and become an empty text
	Requires   string   // the name in ${NAME:?} that Compose stops at
	Refused    bool     // Compose cannot make the value
}

// Evaluate reads a document line by line, so that a mistake in one line is one
// mistake. Values refer to the shell first and then to the lines above, as in
// Compose. Resolve is the whole truth; this is for what has to go on.
func (d Document) Evaluate(shell Lookup) []Evaluated {
	logrus.SetOutput(io.Discard) // where compose-go warns of unset variables
	var list []Evaluated
	values := map[string]string{}
	for _, entry := range d.Entries {
		if entry.Kind != Assignment && entry.Kind != Bare {
			continue
		}
		a := Evaluated{Entry: entry}
		a.read(func(name string) (string, bool) {
			if shell != nil {
				if value, ok := shell(name); ok {
					return value, true
				}
			}
			value, ok := values[name]
			return value, ok
		})
		if a.IsSet {
			values[a.Name] = a.Value
		}
		list = append(list, a)
	}
	return list
}

func (a *Evaluated) read(lookup Lookup) {
	var missing []string
	read, err := dotenv.UnmarshalWithLookup(a.Text, func(name string) (string, bool) {
		value, ok := lookup(name)
		a.References = append(a.References, name)
		if !ok {
			missing = append(missing, name)
		}
		return value, ok
	})
	if a.Kind == Bare {
		a.References, missing = nil, nil
	}
	a.Value, a.IsSet = read[a.Name]
	if required := (*template.MissingRequiredError)(nil); errors.As(err, &required) {
		a.Requires = required.Variable
	}
	a.Refused = err != nil
	a.IsSet = a.IsSet && !a.Refused
	for _, name := range missing {
		if slices.Contains(a.blanks(), name) && !slices.Contains(a.Unset, name) {
			a.Unset = append(a.Unset, name)
		}
	}
}

var escaped = lazyregexp.New(`\\.`)

// blanks are the names that the value refers to without saying what to do
// when they are missing.
func (a *Evaluated) blanks() []string {
	text := a.ValueText()
	if a.Quote() == '"' {
		text = escaped.ReplaceAllString(text, "$$$$") // no reference starts there
	}
	var names []string
	for _, mention := range Mentions(text) {
		if mention.Operator == "" {
			names = append(names, mention.Name)
		}
	}
	return names
}

// Last keeps of each name what counts: its last entry that has a value, or else
// its last entry.
func Last(list []Evaluated) map[string]Evaluated {
	winners := map[string]Evaluated{}
	for _, a := range list {
		if was, found := winners[a.Name]; found && was.Kind == Assignment && a.Kind == Bare {
			continue
		}
		winners[a.Name] = a
	}
	return winners
}

// IsWellFormed reports whether Compose can read the value. Every reference is
// taken as set: whether it is, is not the form's business.
func (e Entry) IsWellFormed() bool {
	_, err := dotenv.UnmarshalWithLookup(e.Text, func(string) (string, bool) { return "x", true })
	return err == nil
}
