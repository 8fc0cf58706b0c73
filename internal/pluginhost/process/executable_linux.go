package process

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// executable is the path under which this very descriptor runs, whatever has
// become of the file's name, and the descriptor that has to stay open. The path
// goes through the host's own table: the plugin inherits nothing, and no number
// can be taken by another file between fork and exec.
func executable(f *os.File) (*os.File, string, error) {
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, "", fmt.Errorf("hold executable %q: %w", f.Name(), err)
	}
	return os.NewFile(uintptr(fd), f.Name()), fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), fd), nil
}
