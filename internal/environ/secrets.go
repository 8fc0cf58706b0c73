package environ

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/secret"
)

// Secrets knows which variables must not be shown: those that are marked so,
// are generated, or are called so, and whatever is made of one of them, such as
// a URL with a password.
type Secrets struct {
	names  map[string]bool
	values []string        // of the secrets, those that no word can be
	hidden map[string]bool // names that may be lines of a value
}

// SecretsOf collects them from what the template says and the files hold.
func SecretsOf(t Template, shell dotenv.Lookup, environments ...Environment) Secrets {
	s := Secrets{names: map[string]bool{}}
	var all []dotenv.Evaluated
	for _, e := range environments {
		all = append(all, e.Document.Evaluate(shell)...)
	}
	for _, v := range t.everyVariable() {
		s.names[v.Name] = v.IsSecret()
	}
	for _, a := range all {
		s.names[a.Name] = s.names[a.Name] || secret.IsName(a.Name) || secret.HasShape(a.Value)
	}
	s.hideNames(t.knownNames(shell), environments)
	for s.spread(all) {
	}
	s.collect(all)
	return s
}

// hideNames finds the names that may be a line of a secret, and so are secrets
// themselves. What is a name in one environment is one in all.
func (s *Secrets) hideNames(known knownNames, environments []Environment) {
	s.hidden = map[string]bool{}
	proper := map[string]bool{}
	for _, e := range environments {
		found := suspicionsOf(e.Document, known)
		maps.Copy(proper, found.proper)
		for name, goesOn := range found.owners {
			s.names[name] = s.names[name] || goesOn
		}
		for _, x := range found.Suspects {
			s.hidden[x.Name] = x.Name != ""
		}
	}
	maps.DeleteFunc(s.hidden, func(name string, _ bool) bool { return proper[name] })
	for name, isHidden := range s.hidden {
		s.names[name] = s.names[name] || isHidden
	}
}

// MayBeValue reports whether what seems to be a name may be a line of a value
// that lacks its quotes: it must not be shown.
func (s Secrets) MayBeValue(name string) bool { return s.hidden[name] }

// Name is the name of a variable that stands on a line, 0 if that is not known,
// as it may be shown.
func (s Secrets) Name(name string, line int) string {
	switch {
	case !s.hidden[name]:
		return name
	case line == 0:
		return "(a name)"
	}
	return fmt.Sprintf("(a name on line %d)", line)
}

// spread marks what refers to a secret, and reports whether that was news.
func (s Secrets) spread(all []dotenv.Evaluated) (more bool) {
	for _, a := range all {
		if !s.names[a.Name] && slices.ContainsFunc(a.References, s.IsSecret) {
			s.names[a.Name], more = true, true
		}
	}
	return more
}

func (s *Secrets) collect(all []dotenv.Evaluated) {
	for _, a := range all {
		if s.names[a.Name] && secret.IsDistinctive(a.Value) {
			s.values = append(s.values, a.Value)
		}
	}
}

// IsSecret reports whether the variable's value must not be shown. A variable
// without a name is the last line of a file, which may be one of a secret.
func (s Secrets) IsSecret(name string) bool {
	return name == "" || s.names[name] || secret.IsName(name)
}

// Hides reports whether a value must not be shown where name has it: the name
// is a secret's, the value has the form of one, or one that cannot be an ordinary
// word is in it.
func (s Secrets) Hides(name, value string) bool {
	return s.IsSecret(name) || secret.HasShape(value) ||
		slices.ContainsFunc(s.values, func(v string) bool { return strings.Contains(value, v) })
}

// Show is the value, or secret.Mask for what must not be shown; an empty value
// is shown as it is.
func (s Secrets) Show(name, value string) string {
	if value != "" && s.Hides(name, value) {
		return secret.Mask
	}
	return value
}

// ShellSecrets are the secrets that the shell sets, as an environment.
func ShellSecrets(t Template, shell []string) (e Environment) {
	for _, pair := range shell {
		name, value, _ := strings.Cut(pair, "=")
		if v, _ := t.Variable(name); !v.IsSecret() && !secret.IsName(name) {
			continue
		}
		if next, err := dotenv.Set(e.Document, name, value); err == nil {
			e.Document = next
		}
	}
	return e
}
