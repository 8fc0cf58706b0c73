//go:build !linux

package load

import "errors"

func memoryFile([]byte) (string, func(), error) { return "", nil, errors.ErrUnsupported }
