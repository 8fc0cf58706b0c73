//go:build unix

package fingerprint

import (
	"errors"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// Dir is an open directory, for one goroutine at a time. It asks the kernel for no more
// than what is in it: an os.File costs a directory of one file as much again.
type Dir struct {
	fd   int
	path string
	stat unix.Stat_t // what the kernel writes to; one for all names
}

// OpenDir opens a directory.
func OpenDir(path string) (*Dir, error) {
	for {
		fd, err := unix.Open(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return nil, &os.PathError{Op: "open", Path: path, Err: err}
		}
		return &Dir{fd: fd, path: path}, nil
	}
}

// buffers hold what the kernel tells of a directory at once.
var buffers = sync.Pool{New: func() any { return new([1 << 15]byte) }}

// Names are those of all that is in it, in the file system's order.
func (d *Dir) Names() (names []string, err error) {
	buffer := buffers.Get().(*[1 << 15]byte)
	defer buffers.Put(buffer)
	for {
		n, err := unix.ReadDirent(d.fd, buffer[:])
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return nil, &os.PathError{Op: "readdirent", Path: d.path, Err: err}
		case n <= 0:
			return names, nil
		}
		_, _, names = unix.ParseDirent(buffer[:n], -1, names)
	}
}

// At is lstat for a name in it: the kernel resolves one name, not the whole path.
func (d *Dir) At(name string) (Status, error) {
	if err := unix.Fstatat(d.fd, name, &d.stat, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return Status{}, &os.PathError{Op: "lstat", Path: name, Err: err}
	}
	return statusOf(&d.stat), nil
}

// Close closes it.
func (d *Dir) Close() error { return unix.Close(d.fd) }
