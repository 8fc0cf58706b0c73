//go:build unix

package ssh

import (
	"os/exec"
	"syscall"
)

// own gives the command a session of its own: a Ctrl-C of the terminal does
// not reach it before the targets have cleaned up, and it can ask for nothing.
func own(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	die(cmd.SysProcAttr)
}

// end asks the command and its helpers, such as a ProxyCommand, to stop.
func end(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }

func kill(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
