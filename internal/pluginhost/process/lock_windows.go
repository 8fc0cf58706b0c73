package process

import (
	"io/fs"
	"os"
)

// lockDir: there are no sockets on Windows, only a working directory.
func lockDir(string) (*os.File, error) { return nil, nil }

func ownDir(fs.FileInfo) bool { return false }
