package app

import (
	"os"

	"golang.org/x/sys/windows"
)

// silence turns the echo of a console off; term.Restore turns it on again.
func silence(console *os.File) error {
	var mode uint32
	if err := windows.GetConsoleMode(windows.Handle(console.Fd()), &mode); err != nil {
		return err
	}
	return windows.SetConsoleMode(windows.Handle(console.Fd()), mode&^windows.ENABLE_ECHO_INPUT)
}
