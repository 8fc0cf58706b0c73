package pluginhost

import (
	"io/fs"
	"syscall"
)

// details are the time of the last change of a file's inode, which nobody can
// set, in nanoseconds, and its number.
func details(info fs.FileInfo) (changed int64, inode uint64) {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0
	}
	return syscall.TimespecToNsec(s.Ctim), s.Ino
}
