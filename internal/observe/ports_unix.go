//go:build !windows

package observe

import "syscall"

var (
	errInUse     error = syscall.EADDRINUSE
	errNoAddress error = syscall.EADDRNOTAVAIL
)
