package develop

import (
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/fingerprint"
)

// Tree is what a rule found at its path, by absolute path. What has changed is
// told by comparing two: no event that the system lost is missed by that.
type Tree map[string]fingerprint.Status

// Look finds what is there now. What may not be read is not there.
func (r Rule) Look() Tree {
	all := Tree{}
	_ = filepath.WalkDir(r.Path, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil && e != nil && e.IsDir():
			return fs.SkipDir
		case err != nil:
			return nil
		case e.IsDir() && r.Skips(path, true):
			return fs.SkipDir
		case !r.Covers(path) || path == r.Path && e.IsDir():
			return nil
		}
		if s, err := fingerprint.Of(path); err == nil {
			if s.Mode.IsDir() {
				s = fingerprint.Status{Mode: s.Mode} // its times are those of its entries
			}
			all[path] = s
		}
		return nil
	})
	return all
}

// Of is the tree without what another rule of the same path leaves out.
func (t Tree) Of(r Rule) Tree {
	t = maps.Clone(t)
	maps.DeleteFunc(t, func(path string, _ fingerprint.Status) bool { return !r.Covers(path) })
	return t
}

// Change is what happened between two looks; paths are sorted.
type Change struct{ Changed, Gone []string }

// Since compares with a look before. What was a directory and is none any more,
// or the other way round, is gone and has come.
func (t Tree) Since(before Tree) Change {
	var c Change
	for _, path := range slices.Sorted(maps.Keys(before)) {
		if now, still := t[path]; !still || now.Mode.IsDir() != before[path].Mode.IsDir() {
			c.Gone = append(c.Gone, path)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(t)) {
		if was, known := before[path]; !known || !was.Same(t[path]) {
			c.Changed = append(c.Changed, path)
		}
	}
	return c
}

// None reports whether nothing happened.
func (c Change) None() bool { return len(c.Changed)+len(c.Gone) == 0 }

// tops leaves out what goes with a directory above it. A directory that holds one
// of kept does not go, only what is in it.
func tops(gone, kept []string) []string {
	var list []string
	for _, path := range slices.Sorted(slices.Values(gone)) {
		holds := func(one string) bool { return one == path || strings.HasPrefix(one, path+"/") }
		if slices.ContainsFunc(kept, holds) {
			continue
		}
		if !slices.ContainsFunc(list, func(above string) bool { return strings.HasPrefix(path, above+"/") }) {
			list = append(list, path)
		}
	}
	return list
}
