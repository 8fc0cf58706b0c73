package environ

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A value of several lines that lacks its quotes is read as one variable and
// then as names: a line of a key in base64 passes for a bare NAME, and the last
// one, which ends in =, for an assignment. Such a name is a piece of a secret,
// so nothing shows it.

// stray is an entry that may be a line of the value above it.
type stray struct {
	Entry
	owner Entry // the assignment that seems to go on; without a name where there is none
	isKey bool  // the value above is a key: there is no doubt
}

// nouns tell the names that something else than env files has.
type nouns struct{ known, secret func(name string) bool }

// strayFinder walks down a document.
type strayFinder struct {
	nouns
	owner Entry
	doubt doubt
	found []stray
}

// doubt is whether the next line is what it seems to be.
type doubt int

const (
	none        doubt = iota
	afterSecret       // an unquoted value that may go on
	afterStray        // a line that is no assignment
	inKey             // after -----BEGIN, up to -----END
)

// strays are the entries whose names nothing knows and that stand where a value
// may go on. A name that the document properly assigns elsewhere is none.
func (d Document) strays(n nouns) []stray {
	f := strayFinder{nouns: n}
	proper := map[string]bool{}
	for _, e := range d.Entries {
		if !f.next(e) && e.Kind == Assignment {
			proper[e.Name] = true
		}
	}
	var list []stray
	for _, s := range f.found {
		if s.Kind == Malformed || !proper[s.Name] {
			list = append(list, s)
		}
	}
	return list
}

// next reports whether the entry is a stray.
func (f *strayFinder) next(e Entry) bool {
	switch {
	case e.Kind == Blank || e.Kind == Comment:
		if f.doubt != inKey { // a key may have an empty line after its headers
			f.doubt = none
		}
		return false
	case e.Kind == Malformed:
		return f.malformed(e)
	case f.known(e.Name) || !f.suspects(e):
		f.owner, f.doubt = e, f.after(e)
		return false
	}
	f.add(e)
	return true
}

// malformed lines are told of anyway; in a key they are a part of it.
func (f *strayFinder) malformed(e Entry) bool {
	isPart := f.doubt == inKey
	if isPart {
		f.add(e)
	} else if f.doubt == none {
		f.owner = Entry{}
	}
	switch {
	case keyEnd.MatchString(e.Text):
		f.doubt = none
	case keyBegin.MatchString(e.Text):
		f.doubt = inKey
	case !isPart:
		f.doubt = afterStray
	}
	return isPart
}

func (f *strayFinder) add(e Entry) {
	if f.doubt == none {
		f.owner = Entry{}
	}
	f.found = append(f.found, stray{e, f.owner, f.doubt == inKey})
	f.doubt = max(f.doubt, afterStray)
}

// suspects is about a name that nothing knows.
func (f *strayFinder) suspects(e Entry) bool {
	padding := strings.Trim(e.valueText(), "=") == ""
	return e.Kind == Bare || f.doubt >= afterStray ||
		f.doubt == afterSecret && (padding || !usualName.MatchString(e.Name))
}

// after is what an assignment makes of the lines below it.
func (f *strayFinder) after(e Entry) doubt {
	value := e.valueText()
	switch {
	case e.Kind != Assignment || e.quote() != 0:
		return none
	case keyBegin.MatchString(value) && !keyEnd.MatchString(value):
		return inKey
	case f.secret(e.Name) || encoded.MatchString(value):
		return afterSecret
	}
	return none
}

var (
	keyBegin = regexp.MustCompile(`-----BEGIN\b`)
	keyEnd   = regexp.MustCompile(`-----END\b`)
	// usualName is how people call variables, and no encoding looks.
	usualName = regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`)
	// encoded is a line of base64 or the like.
	encoded = regexp.MustCompile(`^[A-Za-z0-9+/_-]{40,}$`)
)

// MayBeValue reports whether the variable may be a line of a value that lacks its
// quotes: it stands alone in the env file of a service, and looks unusual.
func (u Usage) MayBeValue() bool {
	return u.ByName && u.Path == u.Variable && !usualName.MatchString(u.Variable)
}

// contains finds an entry among strays; two entries may share a line.
func contains(list []stray, e Entry) bool {
	return slices.ContainsFunc(list, func(s stray) bool { return s.Line == e.Line && s.Name == e.Name && s.Kind == e.Kind })
}

// valueText is the value as it is written, inside its quotes.
func (e Entry) valueText() string { return e.Text[e.value.start:e.value.end] }

// aName stands for a name that must not be shown.
func aName(line int) string {
	if line == 0 {
		return "(a name)"
	}
	return fmt.Sprintf("(a name on line %d)", line)
}
