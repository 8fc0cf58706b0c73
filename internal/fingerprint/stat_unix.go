//go:build unix

package fingerprint

import (
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// At is lstat for a path from an open directory: the kernel resolves no more than that.
func At(dir *os.File, path string) (Status, error) { return at(dir, path, unix.AT_SYMLINK_NOFOLLOW) }

// FollowedAt is stat for one.
func FollowedAt(dir *os.File, path string) (Status, error) { return at(dir, path, 0) }

func at(dir *os.File, path string, flags int) (Status, error) {
	var s unix.Stat_t
	if err := unix.Fstatat(int(dir.Fd()), path, &s, flags); err != nil {
		return Status{}, &fs.PathError{Op: "fstatat", Path: path, Err: err}
	}
	return statusOf(&s), nil
}

// Of is lstat for a path.
func Of(path string) (Status, error) {
	var s unix.Stat_t
	if err := unix.Lstat(path, &s); err != nil {
		return Status{}, &fs.PathError{Op: "lstat", Path: path, Err: err}
	}
	return statusOf(&s), nil
}

// Followed is stat for a path: of what a link leads to.
func Followed(path string) (Status, error) {
	var s unix.Stat_t
	if err := unix.Stat(path, &s); err != nil {
		return Status{}, &fs.PathError{Op: "stat", Path: path, Err: err}
	}
	return statusOf(&s), nil
}

// Opened is fstat.
func Opened(f *os.File) (Status, error) {
	var s unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &s); err != nil {
		return Status{}, &fs.PathError{Op: "fstat", Path: f.Name(), Err: err}
	}
	return statusOf(&s), nil
}

//nolint:unconvert // the fields' types are the system's
func statusOf(s *unix.Stat_t) Status {
	return Status{
		Mode: modeOf(uint32(s.Mode)), Size: s.Size,
		Modified: s.Mtim.Nano(), Changed: s.Ctim.Nano(), Inode: uint64(s.Ino),
		Device: uint64(s.Rdev),
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
