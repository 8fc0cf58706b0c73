package environ

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/state"
)

const (
	editPatience = 10 * time.Second
	editPoll     = 5 * time.Millisecond
	templateMode = fs.FileMode(0o644) // of a new template, which holds no secret
)

// IsCommitted reports whether the file of that name is in git on purpose: the
// template, and the lab, whose secrets are public.
func IsCommitted(name string) bool { return name == templateName || name == LabName }

// LabName is the environment whose secrets are public.
const LabName = "lab"

// readIfThere reads a file; info is nil when there is none.
func readIfThere(path string) (text string, info fs.FileInfo, err error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil, nil
	}
	if err != nil {
		return "", nil, err
	}
	info, err = os.Stat(path)
	return string(data), info, err
}

// replaceText puts text at path by one rename, readable by its owner only until
// it has the mode and the owner that it is to have. isCurrent is asked last.
func (d disk) replaceText(path, text string, old fs.FileInfo, mode fs.FileMode, isCurrent func() error) error {
	temp, err := d.writeTemp(path, []byte(text))
	if err != nil {
		return err
	}
	if err := dress(temp, old, mode); err != nil {
		_ = os.Remove(temp)
		return err
	}
	return d.place(temp, path, func(from, to string) error {
		if err := isCurrent(); err != nil {
			return err
		}
		if old == nil {
			return asMovedOn(renameNew(from, to))
		}
		return os.Rename(from, to)
	})
}

func asMovedOn(err error) error {
	if errors.Is(err, fs.ErrExist) {
		return errMovedOn
	}
	return err
}

// dress gives a temporary file its mode, and its owner where that is allowed.
func dress(temp string, old fs.FileInfo, mode fs.FileMode) error {
	if old != nil {
		keepOwner(temp, old)
	}
	switch {
	case mode != 0:
		return os.Chmod(temp, mode)
	case old != nil:
		return os.Chmod(temp, old.Mode().Perm())
	}
	return os.Chmod(temp, templateMode)
}

// lockDirectory holds off other edits in dir until unlock, or the end of the
// process. The lock is on the directory itself; where that has none, as on
// Windows, on a file in it. Where the file system locks nothing it holds off nobody: an
// edit looks at the file again before it replaces it, and another's is not lost.
func (d disk) lockDirectory(ctx context.Context, dir, file string) (unlock func(), err error) {
	patient, cancel := context.WithTimeout(ctx, editPatience)
	defer cancel()
	lock := d.lock
	if lock == nil {
		lock = (*flock.Flock).TryLockContext
	}
	for _, l := range []*flock.Flock{
		flock.New(dir, flock.SetFlag(os.O_RDONLY)),
		flock.New(filepath.Join(dir, prefix+"edit.lock"), flock.SetPermissions(0o600)),
	} {
		var got bool
		if got, err = lock(l, patient, editPoll); got {
			return func() { _ = l.Unlock() }, nil
		}
		_ = l.Close()
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case patient.Err() != nil:
			return nil, failure.New(failure.Locked, "somebody else is editing %s", file).
				WithHint("try again when that has ended")
		}
	}
	if state.HasNoLocks(err) {
		return func() {}, nil
	}
	return nil, wrap("lock "+file, err)
}

// IsCommittedFile reports whether the path is that of such a file.
func IsCommittedFile(path string) bool {
	name, isEnv := strings.CutPrefix(filepath.Base(path), prefix)
	return isEnv && IsCommitted(name)
}
