package app

import (
	"cmp"
	"path/filepath"
)

// CallerDir is the directory that the user called from: the launcher, which
// runs targets at the root, says it in SPELLBOOK_CALLER_DIR.
func (w *Run) CallerDir() string { return cmp.Or(w.Getenv("SPELLBOOK_CALLER_DIR"), w.Dir) }

// CallerPath is the path of a flag or an argument as its user means it.
func (w *Run) CallerPath(path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(w.CallerDir(), path)
}
