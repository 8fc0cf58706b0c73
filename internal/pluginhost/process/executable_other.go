//go:build !linux

package process

import (
	"os"
	"path/filepath"
)

// executable is the file's path: only Linux runs a descriptor. Between hashing
// and starting another file may take its name.
func executable(f *os.File) (*os.File, string, error) {
	path, err := filepath.Abs(f.Name())
	if err != nil {
		return nil, "", err
	}
	held, err := os.Open(path)
	return held, path, err
}
