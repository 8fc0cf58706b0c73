//go:build unix

package app

import (
	"os"
	"os/signal"
	"syscall"
)

// resized tells when the terminal has another size.
func resized() (<-chan os.Signal, func()) {
	changes := make(chan os.Signal, 1)
	signal.Notify(changes, syscall.SIGWINCH)
	return changes, func() { signal.Stop(changes) }
}
