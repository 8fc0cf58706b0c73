//go:build unix

package stack

import (
	"errors"
	"os/exec"
	"syscall"
)

// apart gives a process a session of its own: the terminal's signals are not for it.
func apart(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

func isAlive(pid int) bool { return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }
