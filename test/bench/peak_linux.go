package main

import (
	"os"
	"syscall"
)

// highestResident is the highest resident set, in bytes, of the largest of a process and
// those it waited for.
func highestResident(p *os.ProcessState) int64 { return p.SysUsage().(*syscall.Rusage).Maxrss << 10 }
