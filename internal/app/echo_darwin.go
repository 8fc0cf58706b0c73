package app

import (
	"os"

	"golang.org/x/sys/unix"
)

// silence turns the echo of a terminal off; term.Restore turns it on again.
func silence(terminal *os.File) error {
	state, err := unix.IoctlGetTermios(int(terminal.Fd()), unix.TIOCGETA)
	if err != nil {
		return err
	}
	state.Lflag &^= unix.ECHO
	return unix.IoctlSetTermios(int(terminal.Fd()), unix.TIOCSETA, state)
}
