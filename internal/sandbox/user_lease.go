package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// UserLease is the part of a lease that outlives the checkout's state directory, which
// anybody may remove: a file in the user's cache directory that is named for the stack's
// project. Every process that uses the stack shares a lock on it, and its time is that
// until when the stack is to stay. That it is there says that the stack is this user's.
type UserLease struct{ lock *flock.Flock }

// lookAgain is how often a lease is tried whose stack another run removes.
const lookAgain = 50 * time.Millisecond

// UserLeases are those below a cache directory.
type UserLeases string

func (u UserLeases) path(project string) string {
	return filepath.Join(string(u), "spellbook", "stacks", project+".lease")
}

// Use takes a lease of a project, that no other stack is called. It waits for who removes
// a dead stack of that name, until ctx ends.
func (u UserLeases) Use(ctx context.Context, project string) (*UserLease, error) {
	path := u.path(project)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("use stack %s: %w", project, err)
	}
	l := &UserLease{flock.New(path, flock.SetPermissions(0o600))}
	if _, err := l.lock.TryRLockContext(ctx, lookAgain); err != nil {
		_ = l.lock.Close()
		return nil, fmt.Errorf("use stack %s: %w", project, err)
	}
	return l, nil
}

// Release gives it back.
func (l *UserLease) Release() {
	if l != nil {
		_ = l.lock.Close()
	}
}

// Promise notes until when a stack is to stay that nobody uses; a zero time promises
// nothing.
func (u UserLeases) Promise(project string, until time.Time) error {
	if until.IsZero() {
		return nil
	}
	path := u.path(project)
	err := os.Chtimes(path, until, until) // Windows lets nobody write what is locked
	if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil { // a cache may be emptied at any time
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(file.Close(), os.Chtimes(path, until, until))
}

// TakeDead has nobody use a stack any more that nobody uses, and that is not to stay:
// done ends that. It is nil where somebody does, and where the stack is none of this
// user's.
func (u UserLeases) TakeDead(project string, now time.Time) (done func()) {
	path := u.path(project)
	lock := flock.New(path, flock.SetFlag(os.O_RDWR)) // creates none
	if free, err := lock.TryLock(); !free || err != nil {
		_ = lock.Close()
		return nil
	}
	if info, err := lock.Stat(); err != nil || now.Before(info.ModTime()) {
		_ = lock.Close()
		return nil
	}
	return func() { _ = lock.Close() }
}

// Forget is for a stack that is gone.
func (u UserLeases) Forget(project string) error {
	if err := os.Remove(u.path(project)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
