//go:build unix

package buildcontext

import (
	"io/fs"
	"os"
	"syscall"
)

// openFile neither follows a link nor waits for a pipe's writer, should one
// have taken the file's place.
func openFile(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
}

// sentMode is how BuildKit passes a mode of this system on.
func sentMode(mode fs.FileMode) fs.FileMode { return mode }
