package app

import (
	"errors"
	"syscall"
)

// IgnoreClosedPipe: a reader that has seen enough, such as head, is no error.
func IgnoreClosedPipe(err error) error {
	if errors.Is(err, syscall.EPIPE) {
		return nil
	}
	return err
}
