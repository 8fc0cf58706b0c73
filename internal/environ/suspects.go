package environ

import (
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

// A value of several lines that lacks its quotes is read as one variable and
// then as names: a line of a key in base64 passes for a bare NAME, and the last
// one, which ends in =, for an assignment. So from the first line on that is no
// proper assignment nothing shows a name, but those that something else knows.

// knownNames tells the names that something else than env files has.
type knownNames struct{ isKnown, isSecret func(name string) bool }

// Suspect is an entry that may be a line of a value.
type Suspect struct {
	dotenv.Entry
	Owner dotenv.Entry // the assignment above that seems to go on; without a name where there is none
	IsKey bool         // a key has begun: there is no doubt
}

// Suspicions are what the lines of a document are taken for.
type Suspicions struct {
	Suspects []Suspect       // nothing shows their names
	proper   map[string]bool // names that are none
	owners   map[string]bool // variables whose values seem to go on, or to be a part of one
}

// suspicionsOf walks down a document; what is not proper is so up to the end.
func suspicionsOf(d dotenv.Document, known knownNames) Suspicions {
	s := Suspicions{proper: map[string]bool{}, owners: map[string]bool{}}
	var owner dotenv.Entry
	improper, inKey := false, false
	for _, e := range d.Entries {
		isName := e.Kind == dotenv.Assignment || e.Kind == dotenv.Bare
		isDoubtful := e.Kind == dotenv.Malformed && inKey || isName && !known.isKnown(e.Name) && (improper || mayGoOn(owner, e))
		s.owners[owner.Name] = s.owners[owner.Name] || isDoubtful || e.Kind == dotenv.Malformed
		switch {
		case isDoubtful && s.proper[e.Name]:
			s.owners[e.Name] = true // a name that is one; its value may be none
		case isDoubtful:
			s.Suspects = append(s.Suspects, Suspect{e, owner, inKey})
		case isName:
			s.proper[e.Name] = true
			s.owners[e.Name] = s.owners[e.Name] || beginsKey(e)
			owner = known.unfinished(e)
		case e.Kind != dotenv.Malformed && !inKey: // a key may have an empty line after its headers
			owner = dotenv.Entry{}
		}
		inKey = (inKey || beginsKey(e)) && !keyEnd.MatchString(e.Text)
		improper = improper || inKey || isDoubtful || e.Kind == dotenv.Malformed
	}
	return s
}

// unfinished is the assignment if its value may go on in the line below.
func (k knownNames) unfinished(e dotenv.Entry) dotenv.Entry {
	if e.Kind == dotenv.Assignment && e.Quote() == 0 && (k.isSecret(e.Name) || beginsKey(e) || encoded.MatchString(e.ValueText())) {
		return e
	}
	return dotenv.Entry{}
}

// mayGoOn: the entry may be a line of the value above it, or is no name that
// anybody gives. A name that stands alone, for the shell to set, has an underscore
// where a value could go on, as no line of base64 has.
func mayGoOn(owner, e dotenv.Entry) bool {
	if e.Kind == dotenv.Bare {
		return !dotenv.IsUsualName(e.Name) || owner.Name != "" && !strings.Contains(e.Name, "_")
	}
	return owner.Name != "" && !isUsual(e)
}

// isUsual: it looks as people write assignments, and no encoding does.
func isUsual(e dotenv.Entry) bool {
	return dotenv.IsUsualName(e.Name) && strings.Trim(e.ValueText(), "=") != ""
}

// beginsKey: there begins a key of several lines without quotes.
func beginsKey(e dotenv.Entry) bool {
	return e.Kind != dotenv.Comment && e.Quote() == 0 && keyBegin.MatchString(e.Text) && !keyEnd.MatchString(e.Text)
}

var (
	keyBegin = lazyregexp.New(`-----BEGIN\b`)
	keyEnd   = lazyregexp.New(`-----END\b`)
	encoded  = lazyregexp.New(`^[A-Za-z0-9+/_-]{40,}$`) // as a line of base64 is
)

// IsSuspect reports whether nothing shows the name of the entry; two may share a
// line.
func (s Suspicions) IsSuspect(e dotenv.Entry) bool {
	return slices.ContainsFunc(s.Suspects, func(x Suspect) bool { return x.Line == e.Line && x.Name == e.Name && x.Kind == e.Kind })
}
