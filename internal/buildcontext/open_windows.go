package buildcontext

import (
	"io/fs"
	"os"
)

func openFile(path string) (*os.File, error) { return os.Open(path) }

// sentMode is the one that BuildKit gives to whatever comes from Windows:
// everything may be executed.
func sentMode(mode fs.FileMode) fs.FileMode { return mode&^fs.ModePerm | (mode.Perm()|0o111)&0o755 }
