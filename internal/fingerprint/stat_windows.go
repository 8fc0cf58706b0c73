package fingerprint

import (
	"io/fs"
	"os"
	"path/filepath"
)

// At is lstat for a path from an open directory.
func At(dir *os.File, path string) (Status, error) { return Of(filepath.Join(dir.Name(), path)) }

// FollowedAt is stat for one.
func FollowedAt(dir *os.File, path string) (Status, error) {
	return Followed(filepath.Join(dir.Name(), path))
}

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
