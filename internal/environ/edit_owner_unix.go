//go:build unix

package environ

import (
	"io/fs"
	"os"
	"syscall"
)

// keepOwner gives path to the owner of old, if this process may: root who edits
// a user's file must not take it away.
func keepOwner(path string, old fs.FileInfo) {
	if stat, ok := old.Sys().(*syscall.Stat_t); ok {
		_ = os.Lchown(path, int(stat.Uid), int(stat.Gid))
	}
}
