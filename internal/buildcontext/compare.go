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

// Compare lists by path what became of old's files in now's.
func Compare(old, now []File) []Change {
	old, now = sorted(old), sorted(now)
	var changes []Change
	for len(old) > 0 && len(now) > 0 {
		switch order := cmp.Compare(old[0].Path, now[0].Path); {
		case order < 0:
			changes, old = append(changes, Change{old[0].Path, Removed}), old[1:]
		case order > 0:
			changes, now = append(changes, Change{now[0].Path, Added}), now[1:]
		default:
			if what := differ(old[0], now[0]); what != "" {
				changes = append(changes, Change{now[0].Path, what})
			}
			old, now = old[1:], now[1:]
		}
	}
	for _, f := range old {
		changes = append(changes, Change{f.Path, Removed})
	}
	for _, f := range now {
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
