package environ

import "github.com/infinitescribe/spellbook/internal/secret"

// findStrays finds the names that may be a line of a secret, and so are secrets
// themselves. What is a name in one environment is one in all.
func (s *Secrets) findStrays(t Template, shell Lookup, environments []Environment) {
	s.strays = map[string]bool{}
	proper := map[string]bool{}
	for _, e := range environments {
		list := e.Document.strays(t.nouns(shell))
		for _, x := range list {
			s.strays[x.Name] = x.Name != ""
			s.names[x.owner.Name] = true // of which it seems to be a line
		}
		for _, entry := range e.Document.Entries {
			proper[entry.Name] = proper[entry.Name] || entry.Kind == Assignment && !contains(list, entry)
		}
	}
	for name := range s.strays {
		s.strays[name] = s.strays[name] && !proper[name]
		s.names[name] = s.names[name] || s.strays[name]
	}
}

// nouns are what the template and the shell know.
func (t Template) nouns(shell Lookup) nouns {
	return nouns{
		known: func(name string) bool {
			if shell != nil {
				if _, inShell := shell(name); inShell {
					return true
				}
			}
			return t.knows(name)
		},
		secret: func(name string) bool {
			v, _ := t.Variable(name)
			return v.IsSecret() || secret.IsName(name)
		},
	}
}

// MayBeValue reports whether what seems to be a name may be a line of a value
// that lacks its quotes: it must not be shown.
func (s Secrets) MayBeValue(name string) bool { return s.strays[name] }

// Name is the name of a variable that stands on a line, 0 if that is not known,
// as it may be shown.
func (s Secrets) Name(name string, line int) string {
	if s.strays[name] {
		return aName(line)
	}
	return name
}
