package ssh

import "syscall"

// die makes the kernel end the command when Spellbook itself is killed.
func die(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGTERM }
