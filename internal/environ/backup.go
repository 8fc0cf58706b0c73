package environ

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// keep backs up what the user would lose, notes where in s, and returns what
// stands at .env.
func (d disk) keep(dirs Dirs, now time.Time, s *Switch) (linkTarget, error) {
	for range attempts {
		found, err := look(dirs)
		if err != nil || found.isOurs() {
			return found, err
		}
		if found.isPipe() {
			return found, found.refusePipe(dirs)
		}
		backup, err := d.backup(dirs.Active(), found, now)
		if err != nil {
			return found, err
		}
		if backup != "" {
			s.Backup = backup
			return found, nil
		}
	}
	return linkTarget{}, errors.New("it keeps changing")
}

// backup gives found a second name that nothing has yet, and leaves .env where
// it is. It returns "" when .env is no longer what was found.
func (d disk) backup(path string, found linkTarget, now time.Time) (string, error) {
	base := path + ".backup-" + now.UTC().Format("20060102T150405Z")
	for i := 1; ; i++ {
		name := base
		if i > 1 {
			name = fmt.Sprintf("%s-%d", base, i)
		}
		kept, err := d.secondName(path, name, found)
		switch {
		case errors.Is(err, fs.ErrExist):
			continue
		case errors.Is(err, fs.ErrNotExist), err == nil && !kept:
			return "", nil
		}
		return name, err
	}
}

// secondName makes name the very file, or a link to the same target.
func (d disk) secondName(path, name string, found linkTarget) (kept bool, err error) {
	if err := d.move("keep the user's file"); err != nil {
		return false, err
	}
	if found.target != "" {
		return true, os.Symlink(found.target, name)
	}
	if err := os.Chmod(path, 0o600); err != nil && !errors.Is(err, fs.ErrNotExist) { // the copy is the same file, and goes unwatched
		return false, err
	}
	err = os.Link(path, name)
	if errors.Is(err, fs.ErrExist) || errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	if err != nil {
		return d.copyFile(path, name)
	}
	return sameOrRemoved(name, found.info)
}

// sameOrRemoved takes the second name back if somebody switched .env between
// the look and the link, so that it names something of ours.
func sameOrRemoved(name string, want fs.FileInfo) (bool, error) {
	got, err := os.Lstat(name)
	if err != nil {
		return false, err
	}
	if os.SameFile(got, want) {
		return true, nil
	}
	return false, os.Remove(name)
}

// copyFile is for file systems without hard links.
func (d disk) copyFile(path, name string) (bool, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return false, err
	}
	return true, d.createFile(name, text)
}
