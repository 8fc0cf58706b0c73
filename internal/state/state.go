// Package state writes and reads the files of what Spellbook remembers, of which
// another process sees the old one or the new one, whole. They are their owner's
// alone unless the caller says otherwise. The user's own environment files are
// internal/environ's to write, which keeps their mode, their owner and their links.
// It imports nothing of ours.
package state

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

const private = fs.FileMode(0o600)

// Write puts data at path by one rename, for its owner only. Directories that are
// missing are made; of an attempt that fails nothing stays behind.
func Write(path string, data []byte) error { return write(path, data, private, false) }

// WriteMode is Write of a file that others may read as mode says.
func WriteMode(path string, data []byte, mode fs.FileMode) error {
	return write(path, data, mode, false)
}

// WriteSynced is Write of what has to outlive a power cut, once the caller has
// synced the directory too.
func WriteSynced(path string, data []byte) error { return write(path, data, private, true) }

// WriteJSON is Write of v as JSON; the version that ReadJSON asks for is v's own field.
func WriteJSON(path string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write %q: %w", path, err)
	}
	return Write(path, data)
}

// ReadJSON reads a document of one version. With an error v is the zero value,
// for callers to whom no memory and a damaged one are the same.
func ReadJSON[T any](path string, version int) (v T, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return v, err
	}
	var head struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return v, err
	}
	if head.Version != version {
		return v, fmt.Errorf("version %d, not %d", head.Version, version)
	}
	if err := json.Unmarshal(data, &v); err != nil {
		return *new(T), err
	}
	return v, nil
}

func write(path string, data []byte, mode fs.FileMode, synced bool) error {
	if err := replace(path, data, mode, synced); err != nil {
		return fmt.Errorf("write %q: %w", path, err)
	}
	return nil
}

func replace(path string, data []byte, mode fs.FileMode, synced bool) error {
	dir, name := filepath.Split(path)
	if err := os.MkdirAll(filepath.Clean(dir), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Clean(dir), "."+strings.TrimPrefix(name, ".")+".*") // O_EXCL, 0600
	if err != nil {
		return err
	}
	err = fill(f, data, mode, synced)
	if err = cmp.Or(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

// fill gives a file its mode last, so that others see nothing of half a file.
func fill(f *os.File, data []byte, mode fs.FileMode, synced bool) error {
	if _, err := f.Write(data); err != nil {
		return err
	}
	if mode != private {
		if err := f.Chmod(mode); err != nil {
			return err
		}
	}
	if synced {
		return f.Sync()
	}
	return nil
}

// KeepOutOfGit makes a directory of what is remembered one that git ignores,
// wherever it is: its own .gitignore says so, and the user's is not touched. What
// cannot be written is not worth a failure.
func KeepOutOfGit(dir string) {
	ignore := filepath.Join(dir, ".gitignore")
	if _, err := os.Lstat(ignore); err == nil || os.MkdirAll(dir, 0o755) != nil {
		return
	}
	if os.WriteFile(ignore, []byte("*\n"), 0o644) != nil {
		_ = os.Remove(ignore) // an empty one would ignore nothing, and stay
	}
}

// HasNoLocks says that locking a file failed because its file system locks none, as that of
// some shared directories: then two runs at once are not kept apart, which is better than
// none that runs.
func HasNoLocks(err error) bool {
	return errors.Is(err, syscall.ENOLCK) || errors.Is(err, syscall.ENOSYS) || errors.Is(err, syscall.ENOTSUP)
}

// IsAt says that an open file, of which stat tells, is still the one at its path: a file that is
// locked may have been taken away between being opened and being locked.
func IsAt(stat func() (fs.FileInfo, error), path string) bool {
	held, err := stat()
	there, missing := os.Stat(path)
	return err == nil && missing == nil && os.SameFile(held, there)
}
