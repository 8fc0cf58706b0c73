//go:build unix

package sharedkey

import "golang.org/x/sys/unix"

// identity tells a file from its copies, as nothing that copies can set a ctime.
type identity struct {
	inode   uint64
	changed int64 // ctime in nanoseconds since 1970
}

//nolint:unconvert // the fields' types are the system's
func identify(path string) (identity, error) {
	var s unix.Stat_t
	if err := unix.Lstat(path, &s); err != nil {
		return identity{}, err
	}
	return identity{inode: uint64(s.Ino), changed: s.Ctim.Nano()}, nil
}
