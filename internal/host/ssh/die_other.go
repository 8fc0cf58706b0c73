//go:build unix && !linux

package ssh

import "syscall"

// die: only Linux ties a child to its parent.
func die(*syscall.SysProcAttr) {}
