package environ

import (
	"os"

	"golang.org/x/sys/unix"
)

// renameNew renames, but never over another file: then it is fs.ErrExist.
func renameNew(from, to string) error {
	err := unix.RenamexNp(from, to, unix.RENAME_EXCL)
	switch err {
	case nil:
		return nil
	case unix.EEXIST:
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
	}
	return linkNew(from, to) // not every file system has the flag
}
