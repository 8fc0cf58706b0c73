package buildcontext

import (
	"cmp"
	"io/fs"
	"slices"
)

// What can have become of a path.
const (
	Added   = "added"
	Removed = "removed"
	Kind    = "kind"    // a file became a directory, a link, …
	Content = "content" // the bytes or the link's target; the mode maybe too
	Mode    = "mode"
)

// Change is a path that two trees have differently, and how: Added, Removed,
// Kind, Content or Mode.
type Change struct{ Path, What string }

// Compare lists by path what became of old's files in new's.
func Compare(old, new []File) []Change {
	old, new = sorted(old), sorted(new)
	var changes []Change
	for len(old) > 0 && len(new) > 0 {
		switch order := cmp.Compare(old[0].Path, new[0].Path); {
		case order < 0:
			changes, old = append(changes, Change{old[0].Path, Removed}), old[1:]
		case order > 0:
			changes, new = append(changes, Change{new[0].Path, Added}), new[1:]
		default:
			if what := differ(old[0], new[0]); what != "" {
				changes = append(changes, Change{new[0].Path, what})
			}
			old, new = old[1:], new[1:]
		}
	}
	for _, f := range old {
		changes = append(changes, Change{f.Path, Removed})
	}
	for _, f := range new {
		changes = append(changes, Change{f.Path, Added})
	}
	return changes
}

func differ(a, b File) string {
	switch {
	case a.Mode&fs.ModeType != b.Mode&fs.ModeType:
		return Kind
	case a.Sum != b.Sum:
		return Content
	case a.Mode != b.Mode:
		return Mode
	}
	return ""
}

// sorted leaves the caller's slice as it is.
func sorted(files []File) []File {
	byPath := func(a, b File) int { return cmp.Compare(a.Path, b.Path) }
	if slices.IsSortedFunc(files, byPath) {
		return files
	}
	files = slices.Clone(files)
	slices.SortFunc(files, byPath)
	return files
}
