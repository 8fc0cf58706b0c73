//go:build unix

package sdk

import "syscall"

// keepFromChildren: what the plugin starts has no part in its lifeline.
func keepFromChildren(fd uintptr) { syscall.CloseOnExec(int(fd)) }
