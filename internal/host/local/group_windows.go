package local

import (
	"os/exec"
	"strconv"
	"syscall"
)

// own gives the command a process group of its own.
func own(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

// end kills: Windows has no TERM.
func end(cmd *exec.Cmd, _ []int) error { return cmd.Process.Kill() }

// sweep: ending the leader is all that can be done.
func sweep(*exec.Cmd, []int) {}

func itoa(n int) string { return strconv.Itoa(n) }

func codeOf(exit *exec.ExitError) int { return exit.ExitCode() }
