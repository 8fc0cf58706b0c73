package task

import (
	"path"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// outputs are of one task each: of two that write the same files, either takes what the
// other made for its own, and puts back or removes it.
func (c *check) outputs(tasks []Task) {
	for i, a := range tasks {
		for _, b := range tasks[:i] {
			if x, y, ok := overlap(b, a); ok && a.Name != b.Name {
				c.wrong("tasks %q and %q have outputs that overlap, %q and %q: a file may be made by one task only", b.Name, a.Name, x, y)
			}
		}
	}
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
