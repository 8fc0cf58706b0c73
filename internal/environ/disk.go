package environ

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// disk does the moves of this package on files. Whatever a reader could see is
// changed by one system call, so a process that is killed between two moves
// leaves the old or the new file, and at worst a temporary one that is ignored.
type disk struct {
	before func(move string) error // tests cut here; nil in production
	lock   func(*flock.Flock, context.Context, time.Duration) (bool, error)
}

func (d disk) move(name string) error {
	if d.before == nil {
		return nil
	}
	return d.before(name)
}

// createFile writes a file that is not there yet, readable by its owner only
// from the first byte. The error is fs.ErrExist if somebody was faster.
func (d disk) createFile(path string, text []byte) error {
	return d.viaTemp(path, text, renameNew)
}

// replaceFile is createFile over whatever is at path.
func (d disk) replaceFile(path string, text []byte) error {
	return d.viaTemp(path, text, os.Rename)
}

func (d disk) viaTemp(path string, text []byte, place func(from, to string) error) error {
	temp, err := d.writeTemp(path, text)
	if err != nil {
		return err
	}
	return d.place(temp, path, place)
}

// replaceLink makes path a symbolic link to target, whatever was there.
func (d disk) replaceLink(path, target string) error {
	if err := d.move("make temporary link"); err != nil {
		return err
	}
	temp := fmt.Sprintf("%s.tmp.%016x", path, rand.Uint64()) //nolint:gosec // a name, not a secret
	if err := os.Symlink(target, temp); err != nil {
		return errNoLink{err}
	}
	return d.place(temp, path, os.Rename)
}

// errNoLink says that the file system or the user's rights allow no link.
type errNoLink struct{ error }

func (d disk) writeTemp(path string, text []byte) (temp string, err error) {
	if err := d.move("create temporary file"); err != nil {
		return "", err
	}
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".tmp.*") // O_EXCL, 0600
	if err != nil {
		return "", err
	}
	if err := errors.Join(d.write(file, text), file.Close()); err != nil {
		_ = os.Remove(file.Name())
		return "", err
	}
	return file.Name(), nil
}

func (d disk) write(file *os.File, text []byte) error {
	if err := d.move("write temporary file"); err != nil {
		return err
	}
	if _, err := file.Write(text); err != nil {
		return err
	}
	return file.Sync()
}

// place moves temp to path and removes it where that does not succeed.
func (d disk) place(temp, path string, place func(from, to string) error) error {
	err := d.move("put in place")
	if err == nil {
		err = place(temp, path)
	}
	if err != nil {
		_ = os.Remove(temp)
		return err
	}
	syncDir(filepath.Dir(path))
	return d.move("done")
}

// linkNew is renameNew by a hard link, for file systems without the rename. A
// process killed between its two calls leaves the temporary name as well.
func linkNew(from, to string) error {
	if err := os.Link(from, to); err != nil {
		return err
	}
	return os.Remove(from)
}

// syncDir makes a rename survive a power cut, where a directory can be synced.
func syncDir(dir string) {
	if handle, err := os.Open(dir); err == nil {
		_ = handle.Sync()
		_ = handle.Close()
	}
}
