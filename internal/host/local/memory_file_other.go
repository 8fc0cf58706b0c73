//go:build !linux

package local

import "errors"

// MemoryFile is not there: see that of Linux.
func MemoryFile([]byte) (string, func(), error) { return "", nil, errors.ErrUnsupported }
