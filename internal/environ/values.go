package environ

import (
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/compose-spec/compose-go/v2/template"
	"github.com/sirupsen/logrus"
)

// Lookup is what is set outside a file: the shell. It may be nil.
type Lookup func(name string) (value string, ok bool)

// assigned is an Assignment or Bare entry with what compose-go reads in it.
type assigned struct {
	Entry
	value    string
	isSet    bool     // false for a bare name that nothing sets, and for what is refused
	refers   []string // the names that were looked up, without the bare name itself
	unset    []string // those of them that are not set and become an empty text
	required string   // the name in ${NAME:?} that Compose stops at
	refused  bool     // Compose cannot make the value
}

// evaluate reads a document line by line, so that a mistake in one line is one
// mistake. Values refer to the shell first and then to the lines above, as in
// Compose. Resolve is the whole truth; this is for what has to go on.
func (d Document) evaluate(shell Lookup) []assigned {
	logrus.SetOutput(io.Discard) // where compose-go warns of unset variables
	var list []assigned
	values := map[string]string{}
	for _, entry := range d.Entries {
		if entry.Kind != Assignment && entry.Kind != Bare {
			continue
		}
		a := assigned{Entry: entry}
		a.read(func(name string) (string, bool) {
			if shell != nil {
				if value, ok := shell(name); ok {
					return value, true
				}
			}
			value, ok := values[name]
			return value, ok
		})
		if a.isSet {
			values[a.Name] = a.value
		}
		list = append(list, a)
	}
	return list
}

func (a *assigned) read(lookup Lookup) {
	var missing []string
	read, err := dotenv.UnmarshalWithLookup(a.Text, func(name string) (string, bool) {
		value, ok := lookup(name)
		a.refers = append(a.refers, name)
		if !ok {
			missing = append(missing, name)
		}
		return value, ok
	})
	if a.Kind == Bare {
		a.refers, missing = nil, nil
	}
	a.value, a.isSet = read[a.Name]
	if required := (*template.MissingRequiredError)(nil); errors.As(err, &required) {
		a.required = required.Variable
	}
	a.refused = err != nil
	a.isSet = a.isSet && !a.refused
	for _, name := range missing {
		if slices.Contains(a.blanks(), name) && !slices.Contains(a.unset, name) {
			a.unset = append(a.unset, name)
		}
	}
}

var escaped = regexp.MustCompile(`\\.`)

// blanks are the names that the value refers to without saying what to do
// when they are missing.
func (a *assigned) blanks() []string {
	text := a.Text[a.Entry.value.start:a.Entry.value.end]
	if a.quote() == '"' {
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

// last keeps of each name what counts: its last entry that has a value, or else
// its last entry.
func last(list []assigned) map[string]assigned {
	winners := map[string]assigned{}
	for _, a := range list {
		if was, found := winners[a.Name]; found && was.Kind == Assignment && a.Kind == Bare {
			continue
		}
		winners[a.Name] = a
	}
	return winners
}

// written is the text of the value as it is in the file, without quotes.
func (a assigned) written() string {
	return strings.TrimSpace(a.Text[a.Entry.value.start:a.Entry.value.end])
}
