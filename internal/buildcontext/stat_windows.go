package buildcontext

import (
	"io/fs"
	"os"
	"path/filepath"
)

func statAt(dir *os.File, name string) (status, error) {
	return statPath(filepath.Join(dir.Name(), name))
}

func statPath(path string) (status, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return status{}, err
	}
	return statusOf(info), nil
}

func statOpen(f *os.File) (status, error) {
	info, err := f.Stat()
	if err != nil {
		return status{}, err
	}
	return statusOf(info), nil
}

// statusOf has no inode and no ctime. The mode is the one that BuildKit gives
// to whatever comes from Windows: everything may be executed.
func statusOf(info fs.FileInfo) status {
	mode := info.Mode()
	return status{
		mode: mode&^fs.ModePerm | (mode.Perm()|0o111)&0o755,
		size: info.Size(), mtime: info.ModTime().UnixNano(),
	}
}

func openFile(path string) (*os.File, error) { return os.Open(path) }
