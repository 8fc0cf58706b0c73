package app

import (
	"cmp"
	"os"
	"path/filepath"
)

// CallerDir is the directory that the user called from: the launcher, which
// runs targets at the root, says it in SPELLBOOK_CALLER_DIR, and a package manager,
// which runs its scripts in the directory of package.json, in INIT_CWD. A script
// that went elsewhere has called from there, and one that has arguments of its own means
// the directory that it is run in.
func (w *Run) CallerDir() string {
	dir := cmp.Or(w.Getenv("SPELLBOOK_CALLER_DIR"), w.Dir)
	from := w.Getenv("INIT_CWD")
	if w.Spelling.Manager == "" || w.Spelling.Argued || !filepath.IsAbs(from) || !sameDir(dir, w.Dir) {
		return dir
	}
	return from
}

func sameDir(a, b string) bool {
	one, err := os.Stat(a)
	other, err2 := os.Stat(b)
	return err == nil && err2 == nil && os.SameFile(one, other)
}

// CallerPath is the path of a flag or an argument as its user means it.
func (w *Run) CallerPath(path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(w.CallerDir(), path)
}
