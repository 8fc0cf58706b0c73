package environ

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/dotenv"
)

// Difference is one variable that two environments do not have in common.
type Difference struct {
	Variable string `json:"variable"`
	Kind     string `json:"kind"`   // "added" (only the second has it), "removed" or "different"
	Secret   bool   `json:"secret"` // the values are not told
	A        string `json:"a,omitempty"`
	B        string `json:"b,omitempty"`
}

// Diff compares the values that Compose reads in two files, without the shell,
// sorted by name. Of a secret it tells only that it differs. A line that Compose
// refuses counts as it is written.
func Diff(a, b Environment, secrets Secrets) []Difference {
	first, second := dotenv.Last(a.Document.Evaluate(nil)), dotenv.Last(b.Document.Evaluate(nil))
	var list []Difference
	names := slices.AppendSeq(slices.Collect(maps.Keys(first)), maps.Keys(second))
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if d, differs := difference(name, first, second, secrets); differs {
			list = append(list, d)
		}
	}
	return list
}

func difference(name string, first, second map[string]dotenv.Evaluated, secrets Secrets) (Difference, bool) {
	a, inA := first[name]
	b, inB := second[name]
	d := Difference{Variable: secrets.Name(name, cmp.Or(b.Line, a.Line)), Kind: "different"}
	switch {
	case !inA && b.Kind == dotenv.Bare, !inB && a.Kind == dotenv.Bare: // it may be a line of a secret that lacks its quotes
		return d, false
	case !inA:
		d.Kind = "added"
	case !inB:
		d.Kind = "removed"
	case compared(a) == compared(b):
		return d, false
	}
	d.Secret = secrets.Hides(name, shown(a)) || secrets.Hides(name, shown(b))
	if !d.Secret {
		d.A, d.B = shown(a), shown(b)
	}
	return d, true
}

// compared tells values apart that look the same: a bare name is not an empty
// value, and what is refused is not what it is written as.
func compared(a dotenv.Evaluated) [3]string {
	state := "set"
	switch {
	case a.Refused:
		state = "refused"
	case !a.IsSet:
		state = "unset"
	}
	return [3]string{state, shown(a), a.Requires}
}

func shown(a dotenv.Evaluated) string {
	if a.Refused {
		return strings.TrimSpace(a.ValueText())
	}
	return a.Value
}
