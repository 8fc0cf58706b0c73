// Package host holds what local and ssh have in common: how a program is found.
// It imports nothing of Spellbook.
package host

import (
	"os/exec"
	"path/filepath"
	"strings"
)

// ErrNotFound is that there is no such program: correct the name, or the PATH.
var ErrNotFound = exec.ErrNotFound

// Find looks a program up in the PATH of environ (KEY=value), which need not
// be that of this process. A name with a slash is what it says.
func Find(name string, environ []string) (string, error) {
	if filepath.Base(name) != name {
		return name, nil
	}
	for _, dir := range filepath.SplitList(pathOf(environ)) {
		if !filepath.IsAbs(dir) {
			continue // never what happens to lie in the working directory
		}
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path, nil
		}
	}
	return "", &exec.Error{Name: name, Err: ErrNotFound}
}

// pathOf is the last PATH, which is the one that counts; Windows writes Path.
func pathOf(environ []string) string {
	for i := len(environ) - 1; i >= 0; i-- {
		if key, value, _ := strings.Cut(environ[i], "="); strings.EqualFold(key, "PATH") {
			return value
		}
	}
	return ""
}
