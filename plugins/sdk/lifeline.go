package sdk

import (
	"os"
	"path/filepath"
	"strconv"
)

// lifeline is closed when the other end of the inherited descriptor is. Without
// a descriptor it never is.
func lifeline(number string) <-chan struct{} {
	lost := make(chan struct{})
	fd, err := strconv.ParseUint(number, 10, 31)
	if err != nil {
		return lost
	}
	keepFromChildren(uintptr(fd))
	go func() {
		defer close(lost)
		pipe := os.NewFile(uintptr(fd), "lifeline")
		if pipe == nil {
			return
		}
		for buffer := make([]byte, 1); ; {
			if _, err := pipe.Read(buffer); err != nil {
				return
			}
		}
	}()
	return lost
}

// removeSockets removes what go-plugin listens on and the host's directory for
// it, if that is then empty: the directory is named by a variable, so nothing
// else in it is touched.
func removeSockets(dir string) {
	if dir == "" {
		return
	}
	sockets, err := filepath.Glob(filepath.Join(dir, "plugin*"))
	if err != nil {
		return
	}
	for _, path := range sockets {
		if info, err := os.Lstat(path); err == nil && info.Mode()&os.ModeSocket != 0 {
			_ = os.Remove(path)
		}
	}
	_ = os.Remove(dir)
}
