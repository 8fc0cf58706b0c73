package local

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// MemoryFile is a path from which the commands of this user read text as often as
// they like, until free: a file that is on no disk.
func MemoryFile(text []byte) (path string, free func(), err error) {
	fd, err := unix.MemfdCreate("spellbook-env", unix.MFD_CLOEXEC)
	if err != nil {
		return "", nil, err
	}
	file := os.NewFile(uintptr(fd), "spellbook-env")
	free = func() { _ = file.Close() }
	if _, err := file.Write(text); err != nil {
		free()
		return "", nil, err
	}
	path = fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), fd)
	if _, err := os.Stat(path); err != nil { // no /proc
		free()
		return "", nil, err
	}
	return path, free, nil
}
