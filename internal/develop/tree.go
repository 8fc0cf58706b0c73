package develop

import (
	"cmp"
	"errors"
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

// Look finds what is there now, as LookAgain does.
func (r Rule) Look() Tree {
	all, _ := r.LookAgain(nil)
	return all
}

// LookAgain finds what is there now. What cannot be read has not gone, as what has
// gone is removed from containers: it is as it was before. The error is the first
// one of those.
func (r Rule) LookAgain(before Tree) (Tree, error) {
	all := Tree{}
	var unread error
	keep := func(path string, err error) {
		if errors.Is(err, fs.ErrNotExist) {
			return
		}
		unread = cmp.Or(unread, err)
		for name, s := range before {
			below := name == path || strings.HasPrefix(name, path+string(filepath.Separator))
			if _, known := all[name]; !known && below && r.Covers(name) {
				all[name] = s
			}
		}
	}
	_ = filepath.WalkDir(r.Path, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			keep(path, err)
			if e != nil && e.IsDir() {
				return fs.SkipDir
			}
			return nil
		case e.IsDir() && r.Skips(path, true):
			return fs.SkipDir
		case !r.Covers(path) || path == r.Path && e.IsDir():
			return nil
		}
		s, err := fingerprint.Of(path)
		if err != nil {
			keep(path, err)
			return nil
		}
		if s.Mode.IsDir() {
			s = fingerprint.Status{Mode: s.Mode} // its times are those of its entries
		}
		all[path] = s
		return nil
	})
	return all, unread
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

// Without is the change without those paths.
func (c Change) Without(paths map[string]error) Change {
	in := func(path string) bool { return paths[path] != nil }
	return Change{slices.DeleteFunc(slices.Clone(c.Changed), in), slices.DeleteFunc(slices.Clone(c.Gone), in)}
}

// None reports whether nothing happened.
func (c Change) None() bool { return len(c.Changed)+len(c.Gone) == 0 }

// tops leaves out what goes with a directory above it. A directory that holds one
// of mounts does not go, only what is in it; and nothing goes that a mount below
// target holds, as that was never the rule's alone.
func tops(gone, mounts []string, target string) []string {
	in := func(path, dir string) bool {
		return path == dir || strings.HasPrefix(path, strings.TrimSuffix(dir, "/")+"/")
	}
	var list []string
	for _, path := range slices.Sorted(slices.Values(gone)) {
		kept := func(mount string) bool {
			return in(mount, path) || in(path, mount) && mount != target && in(mount, target)
		}
		if slices.ContainsFunc(mounts, kept) {
			continue
		}
		if !slices.ContainsFunc(list, func(above string) bool { return strings.HasPrefix(path, above+"/") }) {
			list = append(list, path)
		}
	}
	return list
}
