package cache

import (
	"cmp"
	"os"
	"path/filepath"

	"github.com/infinitescribe/spellbook/internal/fingerprint"
)

// opened is a directory, by which what is below it is asked for: the kernel then resolves
// the rest of a path alone. While it is not there, whole paths are.
type opened struct {
	path string
	file *os.File
}

func open(path string) opened {
	file, err := os.Open(path)
	if err != nil {
		return opened{path: path}
	}
	return opened{path, file}
}

func (o opened) close() {
	if o.file != nil {
		_ = o.file.Close()
	}
}

// absolute is the path of what is called name below it, with slashes; "" is itself.
func (o opened) absolute(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(o.path, filepath.FromSlash(name))
}

// lstat is the status of a name below it.
func (o opened) lstat(name string) (fingerprint.Status, error) {
	if o.file == nil || filepath.IsAbs(name) {
		return fingerprint.Of(o.absolute(name))
	}
	return fingerprint.At(o.file, cmp.Or(name, "."))
}

// stat is that of what the name leads to.
func (o opened) stat(name string) (fingerprint.Status, error) {
	if o.file == nil || filepath.IsAbs(name) {
		return fingerprint.Followed(o.absolute(name))
	}
	return fingerprint.FollowedAt(o.file, cmp.Or(name, "."))
}
