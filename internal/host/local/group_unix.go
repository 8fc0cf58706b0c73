//go:build unix

package local

import (
	"os/exec"
	"strconv"
	"syscall"
)

// own gives the command a process group, so that all of it can be ended.
func own(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	die(cmd.SysProcAttr)
}

// end asks the group to stop, and those below it; os/exec kills its leader after Grace.
func end(cmd *exec.Cmd, below []int) error {
	for _, group := range below {
		_ = syscall.Kill(-group, syscall.SIGTERM)
	}
	return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
}

// sweep kills what is left of the groups once the leader has ended.
func sweep(cmd *exec.Cmd, below []int) {
	if cmd.Process == nil {
		return
	}
	for _, group := range append(below, cmd.Process.Pid) {
		_ = syscall.Kill(-group, syscall.SIGKILL)
	}
}

func itoa(n int) string { return strconv.Itoa(n) }

func codeOf(exit *exec.ExitError) int {
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return exit.ExitCode()
}
