package fingerprint

import (
	"io/fs"
	"os"
	"path/filepath"
)

// At is lstat for a name in an open directory.
func At(dir *os.File, name string) (Status, error) { return Of(filepath.Join(dir.Name(), name)) }

// Of is lstat for a path.
func Of(path string) (Status, error) { return statusOf(os.Lstat(path)) }

// Followed is stat for a path: of what a link leads to.
func Followed(path string) (Status, error) { return statusOf(os.Stat(path)) }

// Opened is fstat.
func Opened(f *os.File) (Status, error) { return statusOf(f.Stat()) }

// statusOf has no inode and no time of a change.
func statusOf(info fs.FileInfo, err error) (Status, error) {
	if err != nil {
		return Status{}, err
	}
	return Status{Mode: info.Mode(), Size: info.Size(), Modified: info.ModTime().UnixNano()}, nil
}
