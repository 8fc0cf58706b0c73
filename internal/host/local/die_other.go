//go:build unix && !linux

package local

import "syscall"

// die: only Linux ties a child to its parent.
func die(*syscall.SysProcAttr) {}
