package load

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/gofrs/flock"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/state"
)

// LockTimeout is how long a target waits for another run's lock.
const LockTimeout = 5 * time.Minute

// lookAgain is how often a lock is tried that another run holds.
const lookAgain = 50 * time.Millisecond

// LockHolder is what the lock file says of who holds it.
type LockHolder struct {
	PID    int       `json:"pid"`
	Target string    `json:"target"`
	Since  time.Time `json:"since"`
}

func (h LockHolder) String() string {
	if h.PID == 0 {
		return "another run"
	}
	return fmt.Sprintf("%s (pid %d, since %s)", h.Target, h.PID, h.Since.Local().Format("15:04:05"))
}

// FileLock is a lock of this user, which the kernel frees with its process.
type FileLock struct {
	path string
	lock *flock.Flock
	note func(unlocked error) // of a file system that locks nothing
	// tryLock is (*flock.Flock).TryLock.
	tryLock func(*flock.Flock) (bool, error)
}

// NewFileLock is the lock called name, which is not taken yet.
func NewFileLock(w *app.Run, l project.Layout, name string) (*FileLock, error) {
	var failed error
	for _, dir := range lockDirs(w, l) {
		if failed = usable(dir); failed == nil {
			path := filepath.Join(dir, name+".lock")
			return &FileLock{path, flock.New(path, flock.SetPermissions(0o600)), w.NoteUnlocked, (*flock.Flock).TryLock}, nil
		}
	}
	return nil, failure.New(failure.Preflight, "lock %s: %w", name, failed).WithHint("export XDG_CACHE_HOME=DIRECTORY, one that you may write in")
}

// lockDirs are where locks are: in the user's cache, for all checkouts; where there is
// none, or it is on a disk that is read-only, in the checkout's own state.
func lockDirs(w *app.Run, l project.Layout) (dirs []string) {
	for _, base := range []string{w.CacheDir(), l.Path(l.StateDir)} {
		if base != "" {
			dirs = append(dirs, filepath.Join(base, "spellbook", "locks"))
		}
	}
	return dirs
}

// usable makes a directory where it is none. One that is there and another user's is
// usable: whoever meets it is told, as other runs may lock there.
func usable(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, "write-")
	switch {
	case errors.Is(err, syscall.EROFS):
		return err
	case err == nil:
		_ = f.Close()
		_ = os.Remove(f.Name())
	}
	return nil
}

// oldLock is when the file of a lock that nobody holds is taken away.
const oldLock = 24 * time.Hour

// RemoveOldLocks takes away the files of locks that nobody holds and nobody has held for a
// day: stacks, which have names that are never used again, leave theirs.
func RemoveOldLocks(w *app.Run, l project.Layout) {
	for _, dir := range lockDirs(w, l) {
		removeOldLocks(w, dir)
	}
}

func removeOldLocks(w *app.Run, dir string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || filepath.Ext(e.Name()) != ".lock" || w.Now().Sub(info.ModTime()) < oldLock {
			continue
		}
		path := filepath.Join(dir, e.Name())
		old := &FileLock{path, flock.New(path, flock.SetFlag(os.O_RDWR)), func(error) {}, (*flock.Flock).TryLock} // creates none
		if free, err := old.take(); free && err == nil {
			_ = os.Remove(old.path) // which Windows does not do to a file that is open
		}
		old.Close()
	}
}

// take is TryLock for a file that may have been taken away as an old one between being
// opened and being locked: a lock on that is nobody's else. Where the file system locks
// nothing it is taken at once, which is noted.
func (l *FileLock) take() (bool, error) {
	for {
		got, err := l.tryLock(l.lock)
		if state.HasNoLocks(err) {
			l.note(fmt.Errorf("lock %s: %w", l.path, err))
			return true, nil
		}
		if !got || err != nil || state.IsAt(l.lock.Stat, l.path) {
			return got, err
		}
		_ = l.lock.Unlock()
	}
}

// Try takes the lock where nobody holds it.
func (l *FileLock) Try() (bool, error) {
	got, err := l.take()
	if err != nil {
		f := failure.New(failure.Preflight, "lock %s: %w", l.path, err)
		if info, e := os.Stat(l.path); e == nil && info.IsDir() {
			return false, f.WithHint("rm -r '%s'", l.path)
		}
		return false, f.WithHint("see whose it is: a run by sudo leaves one of root")
	}
	return got, nil
}

// Holder is who holds it; nobody where that is unknown.
func (l *FileLock) Holder() (h LockHolder) {
	data, _ := os.ReadFile(l.path)
	_ = json.Unmarshal(data, &h)
	return h
}

// Hold says in a lock that is taken for which target that is.
func (l *FileLock) Hold(target string, now time.Time) (unlock func()) {
	data, _ := json.Marshal(LockHolder{PID: os.Getpid(), Target: target, Since: now})
	_ = os.WriteFile(l.path, data, 0o600)
	return func() { _ = os.Truncate(l.path, 0); _ = l.lock.Unlock() }
}

// Close gives up on a lock that was not taken.
func (l *FileLock) Close() { _ = l.lock.Close() }

// Lock takes the project's lock, waiting and saying for whom; waited tells the
// caller to look at the world again.
func (s *Session) Lock(ctx context.Context, target string, patience time.Duration) (unlock func(), waited bool, err error) {
	return s.LockAs(ctx, "", target, patience)
}

// LockAs takes a lock of the project of its own, which kind tells from others:
// one for each engine and project, whatever working copy the project is run from
// and however the engine's address is written.
func (s *Session) LockAs(ctx context.Context, kind, target string, patience time.Duration) (unlock func(), waited bool, err error) {
	engine, err := s.Client.ID(ctx)
	if err != nil {
		return nil, false, err
	}
	sum := sha256.Sum256([]byte(engine))
	l, err := NewFileLock(s.Run, s.Layout, s.Project.Name+kind+"-"+hex.EncodeToString(sum[:4]))
	if err != nil {
		return nil, false, err
	}
	got, err := l.Try()
	if err != nil {
		return nil, false, err
	}
	if !got {
		waited, s.checkedOut = true, nil // the other run may have claimed the stack
		if err := l.await(ctx, s.Run, patience); err != nil {
			return nil, true, err
		}
	}
	if _, err := os.Stat(s.Layout.Path(s.Layout.StateDir)); err == nil || kind != "" || s.LoadOptions.Environment { // a target that remembers
		state.KeepOutOfGit(s.Layout.Path(s.Layout.StateDir))
	}
	return l.Hold(target, s.Run.Now()), waited, nil
}

// Wait takes the lock, waiting and saying for whom.
func (l *FileLock) Wait(ctx context.Context, w *app.Run, target string, patience time.Duration) (unlock func(), err error) {
	got, err := l.Try()
	if err == nil && !got {
		err = l.await(ctx, w, patience)
	}
	if err != nil {
		return nil, err
	}
	return l.Hold(target, w.Now()), nil
}

func (l *FileLock) await(ctx context.Context, w *app.Run, patience time.Duration) error {
	w.Tell("waiting for %s", l.Holder())
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	got, err := l.take()
	for !got && err == nil && ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-time.After(lookAgain):
		}
		got, err = l.take()
	}
	switch {
	case got:
		return nil
	case errors.Is(ctx.Err(), context.DeadlineExceeded): // ours, or that of the whole run
		return failure.New(failure.Locked, "%s still holds the lock after %s", l.Holder(), patience).
			WithHint("wait for it, or end it, then run this again")
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	return fmt.Errorf("lock %s: %w", l.path, err)
}
