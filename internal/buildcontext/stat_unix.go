//go:build unix

package buildcontext

import (
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// statAt is lstat for a name in an open directory: the kernel resolves one
// name, not the whole path.
func statAt(dir *os.File, name string) (status, error) {
	var s unix.Stat_t
	if err := unix.Fstatat(int(dir.Fd()), name, &s, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return status{}, &fs.PathError{Op: "lstat", Path: name, Err: err}
	}
	return statusOf(&s), nil
}

func statPath(path string) (status, error) {
	var s unix.Stat_t
	if err := unix.Lstat(path, &s); err != nil {
		return status{}, &fs.PathError{Op: "lstat", Path: path, Err: err}
	}
	return statusOf(&s), nil
}

func statOpen(f *os.File) (status, error) {
	var s unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &s); err != nil {
		return status{}, &fs.PathError{Op: "fstat", Path: f.Name(), Err: err}
	}
	return statusOf(&s), nil
}

//nolint:unconvert // the fields' types are the system's
func statusOf(s *unix.Stat_t) status {
	return status{
		mode: modeOf(uint32(s.Mode)), size: s.Size,
		mtime: s.Mtim.Nano(), ctime: s.Ctim.Nano(), inode: uint64(s.Ino),
		device: uint64(s.Rdev),
	}
}

// modeOf is what os.Lstat makes of a mode.
func modeOf(m uint32) fs.FileMode {
	mode := fs.FileMode(m & 0o777)
	switch m & syscall.S_IFMT {
	case syscall.S_IFDIR:
		mode |= fs.ModeDir
	case syscall.S_IFLNK:
		mode |= fs.ModeSymlink
	case syscall.S_IFIFO:
		mode |= fs.ModeNamedPipe
	case syscall.S_IFSOCK:
		mode |= fs.ModeSocket
	case syscall.S_IFBLK:
		mode |= fs.ModeDevice
	case syscall.S_IFCHR:
		mode |= fs.ModeDevice | fs.ModeCharDevice
	}
	if m&syscall.S_ISUID != 0 {
		mode |= fs.ModeSetuid
	}
	if m&syscall.S_ISGID != 0 {
		mode |= fs.ModeSetgid
	}
	if m&syscall.S_ISVTX != 0 {
		mode |= fs.ModeSticky
	}
	return mode
}

// openFile neither follows a link nor waits for a pipe's writer, should one
// have taken the file's place.
func openFile(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
}
