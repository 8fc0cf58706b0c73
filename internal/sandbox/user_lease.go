package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"github.com/infinitescribe/spellbook/internal/state"
)

// UserLease is the part of a lease that outlives the checkout's state directory, which
// anybody may remove: a file in the user's cache directory that is named for the stack's
// project and has the ID of its engine. Every process that uses the stack shares a lock on
// it, and its time is that until when the stack is to stay. That it is there says that the
// stack is this user's.
type UserLease struct{ lock *flock.Flock }

// lookAgain is how often a lease is tried whose stack another run removes.
const lookAgain = 50 * time.Millisecond

// UserLeases are those below a cache directory.
type UserLeases string

func (u UserLeases) dir() string { return filepath.Join(string(u), "spellbook", "stacks") }

const ending = ".lease"

func (u UserLeases) path(project string) string { return filepath.Join(u.dir(), project+ending) }

// create makes the file where there is none.
func (u UserLeases) create(project, engine string) error {
	if err := os.MkdirAll(u.dir(), 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(u.path(project), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err == nil {
		_, err = file.WriteString(engine)
		err = errors.Join(err, file.Close())
	}
	return err
}

// Use takes a lease of a project on an engine, that no other stack is called. It waits for
// who removes a dead stack of that name, until ctx ends.
func (u UserLeases) Use(ctx context.Context, project, engine string) (*UserLease, error) {
	path := u.path(project)
	for {
		err := u.create(project, engine)
		l := &UserLease{flock.New(path, flock.SetFlag(os.O_RDONLY))} // creates none
		if err == nil {
			_, err = l.lock.TryRLockContext(ctx, lookAgain)
		}
		if state.HasNoLocks(err) { // then nobody is told dead by it either
			return l, nil
		}
		if err == nil && state.IsAt(l.lock.Stat, path) {
			return l, nil
		}
		l.Release()
		if err != nil && !errors.Is(err, os.ErrNotExist) { // taken away meanwhile
			return nil, fmt.Errorf("use stack %s: %w", project, err)
		}
	}
}

// Release gives it back.
func (l *UserLease) Release() {
	if l != nil {
		_ = l.lock.Close()
	}
}

// Promise notes until when a stack on an engine is to stay that nobody uses; a zero time
// promises nothing.
func (u UserLeases) Promise(project, engine string, until time.Time) error {
	if until.IsZero() {
		return nil
	}
	path := u.path(project)
	err := os.Chtimes(path, until, until) // Windows lets nobody write what is locked
	if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return errors.Join(u.create(project, engine), os.Chtimes(path, until, until)) // a cache may be emptied at any time
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
	if info, err := lock.Stat(); err != nil || now.Before(info.ModTime()) || !state.IsAt(lock.Stat, path) {
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

// oldLease is how long ago a stack has to have been left that leaves a lease behind.
const oldLease = 24 * time.Hour

// Sweep forgets the stacks that are gone from an engine, and that nobody uses: those that
// others have removed than Spellbook, or whose checkout was. there says whether the engine
// has anything of a project.
func (u UserLeases) Sweep(engine string, there func(project string) bool, now time.Time) {
	entries, _ := os.ReadDir(u.dir())
	for _, e := range entries {
		project, ok := strings.CutSuffix(e.Name(), ending)
		if !ok { // there may be thousands of notes whose stack it is
			continue
		}
		info, err := e.Info()
		if err != nil || now.Sub(info.ModTime()) < oldLease || there(project) {
			continue
		}
		if of, err := os.ReadFile(u.path(project)); err != nil || len(of) > 0 && string(of) != engine { // earlier versions have written none
			continue
		}
		if done := u.TakeDead(project, now); done != nil {
			_ = u.Forget(project) // which Windows does not do to a file that is open
			done()
		}
	}
}
