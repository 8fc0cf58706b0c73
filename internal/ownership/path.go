package ownership

import (
	"os"
	"path/filepath"
)

// resolve follows the links of a path; of one that is not there, those of the
// part that is.
func resolve(path string) string {
	path = filepath.Clean(path)
	if found, err := filepath.EvalSymlinks(path); err == nil {
		return found
	}
	dir := filepath.Dir(path)
	if dir == path {
		return path
	}
	return filepath.Join(resolve(dir), filepath.Base(path))
}

// same: two paths are one directory, however it is spelled.
func same(a, b string) bool {
	if a == "" || b == "" {
		return false
	}
	if a == b {
		return true
	}
	one, err := os.Stat(a)
	if err != nil {
		return resolve(a) == resolve(b)
	}
	two, err := os.Stat(b)
	return err == nil && os.SameFile(one, two)
}
