//go:build unix

package process

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// withoutInherited are a command's extra files, and after them as many closed
// ones as it takes to keep from it what the host itself was started with: a
// Go program's own descriptors end at exec, those that it inherited do not.
func withoutInherited(extra ...*os.File) []*os.File {
	return append(extra, make([]*os.File, max(0, highestInherited()-2-len(extra)))...)
}

// highestInherited is the highest descriptor that an exec leaves open, or 2.
func highestInherited() int {
	highest := 2
	for _, dir := range []string{"/proc/self/fd", "/dev/fd"} {
		entries, err := os.ReadDir(dir)
		for _, entry := range entries {
			fd, err := strconv.Atoi(entry.Name())
			if err != nil || fd <= highest {
				continue
			}
			if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil && flags&unix.FD_CLOEXEC == 0 {
				highest = fd
			}
		}
		if err == nil {
			return highest
		}
	}
	return highest
}
