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
	"time"

	"github.com/gofrs/flock"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// LockTimeout is how long a target waits for another run's lock.
const LockTimeout = 5 * time.Minute

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

// Lock takes the project's lock, waiting and saying for whom; waited tells the
// caller to look at the world again. The kernel frees it with the process.
func (s *Session) Lock(ctx context.Context, target string, patience time.Duration) (unlock func(), waited bool, err error) {
	return s.LockAs(ctx, "", target, patience)
}

// LockAs takes a lock of the project of its own, which kind tells from others.
func (s *Session) LockAs(ctx context.Context, kind, target string, patience time.Duration) (unlock func(), waited bool, err error) {
	path, err := s.lockPath(ctx, kind)
	if err != nil {
		return nil, false, err
	}
	l := flock.New(path, flock.SetPermissions(0o600))
	got, err := l.TryLock()
	if err != nil {
		return nil, false, fmt.Errorf("lock %s: %w", path, err)
	}
	if !got {
		waited, s.checkedOut = true, nil // the other run may have claimed the stack
		if err := s.await(ctx, l, path, patience); err != nil {
			return nil, true, err
		}
	}
	if _, err := os.Stat(s.Layout.Path(s.Layout.StateDir)); err == nil || kind != "" || s.LoadOptions.Environment { // a target that remembers
		KeepOutOfGit(s.Layout)
	}
	data, _ := json.Marshal(LockHolder{PID: os.Getpid(), Target: target, Since: s.Run.Now()})
	_ = os.WriteFile(path, data, 0o600)
	return func() { _ = os.Truncate(path, 0); _ = l.Unlock() }, waited, nil
}

func (s *Session) await(ctx context.Context, l *flock.Flock, path string, patience time.Duration) error {
	who := ReadLockHolder(path)
	_, _ = fmt.Fprintf(s.Run.Err, "waiting for %s\n", who)
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errPatience)
	defer cancel()
	got, err := l.TryLockContext(ctx, 50*time.Millisecond)
	switch {
	case got:
		return nil
	case errors.Is(context.Cause(ctx), errPatience):
		return failure.New(failure.Locked, "%s still holds the lock after %s", ReadLockHolder(path), patience).
			WithHint("wait for it, or end it, then run this again")
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	return fmt.Errorf("lock %s: %w", path, err)
}

var errPatience = fmt.Errorf("waited long enough")

// ReadLockHolder reads who holds the lock at path; nobody where that is
// unknown.
func ReadLockHolder(path string) (h LockHolder) {
	data, _ := os.ReadFile(path)
	_ = json.Unmarshal(data, &h)
	return h
}

// lockPath is one file for each engine and project, whatever working copy the
// project is run from and however the engine's address is written.
func (s *Session) lockPath(ctx context.Context, kind string) (string, error) {
	engine, err := s.Client.ID(ctx)
	if err != nil {
		return "", err
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = s.Layout.Path(s.Layout.StateDir)
	}
	dir = filepath.Join(dir, "spellbook", "locks")
	sum := sha256.Sum256([]byte(engine))
	return filepath.Join(dir, s.Project.Name+kind+"-"+hex.EncodeToString(sum[:4])+".lock"), os.MkdirAll(dir, 0o700)
}
