//go:build !linux

package workflow

import "errors"

func inMemory([]byte) (string, func(), error) { return "", nil, errors.ErrUnsupported }
