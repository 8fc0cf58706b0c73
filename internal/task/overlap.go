package task

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// outputs are of one task each: of two that write the same files, either takes what the
// other made for its own, and puts back or removes it.
func (c *check) outputs(tasks []Task) {
	for _, p := range near(tasks) {
		a, b := tasks[p.later], tasks[p.earlier]
		if x, y, ok := overlap(b, a); ok && a.Name != b.Name {
			c.wrong("tasks %q and %q have outputs that overlap, %q and %q: a file may be made by one task only", b.Name, a.Name, x, y)
		}
	}
}

// pair are two tasks by their places.
type pair struct{ later, earlier int }

// near are the pairs of tasks whose outputs could overlap, in order: an output of the one
// is below where an output of the other begins. To compare all with all takes a thousand
// tasks longer than everything else.
func near(tasks []Task) (pairs []pair) {
	begin := map[string][]int{}
	for i, t := range tasks {
		for _, x := range t.Outputs {
			at := base(x)
			begin[at] = append(begin[at], i)
		}
	}
	for i, t := range tasks {
		for _, y := range t.Outputs {
			for at := path.Clean(y); ; at = path.Dir(at) {
				for _, j := range begin[at] {
					if i != j {
						pairs = append(pairs, pair{max(i, j), min(i, j)})
					}
				}
				if at == "." || at == "/" {
					break
				}
			}
		}
	}
	slices.SortFunc(pairs, func(a, b pair) int { return cmp.Or(cmp.Compare(a.later, b.later), cmp.Compare(a.earlier, b.earlier)) })
	return slices.Compact(pairs)
}

// base is the path of a pattern up to its first wildcard, "." where that is at once.
func base(pattern string) string {
	pattern = path.Clean(pattern)
	if wild := strings.IndexAny(pattern, `*?[{\`); wild >= 0 {
		pattern = path.Dir(pattern[:wild] + "x")
	}
	return pattern
}

// overlap finds an output of each task that is the same as the other's or within it.
func overlap(a, b Task) (string, string, bool) {
	for _, x := range a.Outputs {
		for _, y := range b.Outputs {
			if within(x, y) && !taken(a.Outputs, y) || within(y, x) && !taken(b.Outputs, x) {
				return x, y, true
			}
		}
	}
	return "", "", false
}

// within says that what the pattern y means is, as far as the texts tell, part of what
// x means.
func within(x, y string) bool {
	if strings.HasPrefix(x, "!") || strings.HasPrefix(y, "!") {
		return false
	}
	x, y = path.Clean(x), path.Clean(y)
	return x == y || x == "." || x == "**" || strings.HasPrefix(y, strings.TrimSuffix(x, "/**")+"/") || doublestar.MatchUnvalidated(x, y)
}

// taken says that a pattern with ! takes away what y means.
func taken(patterns []string, y string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		x, not := strings.CutPrefix(p, "!")
		return not && within(x, y)
	})
}
