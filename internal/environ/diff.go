package environ

import (
	"cmp"
	"maps"
	"slices"
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
	first, second := last(a.Document.evaluate(nil)), last(b.Document.evaluate(nil))
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

func difference(name string, first, second map[string]assigned, secrets Secrets) (Difference, bool) {
	a, inA := first[name]
	b, inB := second[name]
	d := Difference{Variable: secrets.Name(name, cmp.Or(b.Line, a.Line)), Kind: "different"}
	switch {
	case !inA && b.Kind == Bare, !inB && a.Kind == Bare: // it may be a line of a secret that lacks its quotes
		return d, false
	case !inA:
		d.Kind = "added"
	case !inB:
		d.Kind = "removed"
	case a.compared() == b.compared():
		return d, false
	}
	d.Secret = secrets.Hides(name, a.shown()) || secrets.Hides(name, b.shown())
	if !d.Secret {
		d.A, d.B = a.shown(), b.shown()
	}
	return d, true
}

// compared tells values apart that look the same: a bare name is not an empty
// value, and what is refused is not what it is written as.
func (a assigned) compared() [3]string {
	state := "set"
	switch {
	case a.refused:
		state = "refused"
	case !a.isSet:
		state = "unset"
	}
	return [3]string{state, a.shown(), a.required}
}

func (a assigned) shown() string {
	if a.refused {
		return a.written()
	}
	return a.value
}
