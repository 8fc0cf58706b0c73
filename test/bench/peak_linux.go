package main

import (
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
)

// forgetPeak makes the peak of this process what it needs now: Linux begins to count a child's
// with it, as the two have one memory between vfork and exec.
func forgetPeak() {
	debug.FreeOSMemory()
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)
}

// highestResident is the highest resident set, in bytes, of the largest of a process and
// those it waited for. Where that is no more than this process's own, it is not known, and
// what it is under has a minus.
func highestResident(p *os.ProcessState) int64 {
	kilobytes, _, _ := strings.Cut(field("/proc/self/status", "VmHWM"), " ")
	own, _ := strconv.ParseInt(kilobytes, 10, 64)
	if peak := p.SysUsage().(*syscall.Rusage).Maxrss; peak > own {
		return peak << 10
	}
	return -own << 10
}
