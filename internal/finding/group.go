package finding

import (
	"fmt"
	"slices"
	"strings"
)

// many is from how many on findings that say the same of one variable each are one.
const many = 5

// Grouped is for people: what says the same of many variables is one finding that
// counts them, and where there is any such the errors come first, then what is said
// of one thing, then the groups.
func Grouped(list []Finding) []Finding {
	groups := map[Finding][]Finding{}
	for _, f := range list {
		groups[f.kind()] = append(groups[f.kind()], f)
	}
	var out []Finding
	grouped := false
	for _, f := range list {
		switch alike := groups[f.kind()]; {
		case len(alike) < many || f.Variable == "":
			out = append(out, f)
		case f == alike[0]:
			grouped = true
			out = append(out, together(alike))
		}
	}
	if !grouped {
		return list
	}
	slices.SortStableFunc(out, func(a, b Finding) int { return a.rank() - b.rank() })
	return out
}

// kind is what findings have in common that differ in their variable alone.
func (f Finding) kind() Finding {
	if f.Variable != "" {
		f.Message = strings.ReplaceAll(f.Message, f.Variable, "")
		f.Remedy = strings.ReplaceAll(f.Remedy, f.Variable, "")
	}
	f.Variable, f.Line = "", 0
	return f
}

// together says it of the first, and names some of the others.
func together(alike []Finding) Finding {
	f := alike[0]
	var names []string
	for _, one := range alike[1:min(len(alike), many)] {
		names = append(names, one.Variable)
	}
	more := ""
	if len(alike) > many {
		more = ", …"
	}
	f.Message += fmt.Sprintf("; likewise %d more: %s%s", len(alike)-1, strings.Join(names, ", "), more)
	f.Line, f.Variable = 0, ""
	return f
}

func (f Finding) rank() int {
	rank := 0
	if f.Severity != Error {
		rank = 2
	}
	if strings.Contains(f.Message, "; likewise ") {
		rank++
	}
	return rank
}
