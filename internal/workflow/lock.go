package workflow

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

// holder is what the lock file says of who holds it.
type holder struct {
	PID    int       `json:"pid"`
	Target string    `json:"target"`
	Since  time.Time `json:"since"`
}

func (h holder) String() string {
	if h.PID == 0 {
		return "another run"
	}
	return fmt.Sprintf("%s (pid %d, since %s)", h.Target, h.PID, h.Since.Local().Format("15:04:05"))
}

// lock takes the project's lock, waiting and saying for whom; waited tells the
// caller to look at the world again. The kernel frees it with the process.
func (s *session) lock(ctx context.Context, target string, patience time.Duration) (unlock func(), waited bool, err error) {
	return s.lockAs(ctx, "", target, patience)
}

// lockAs takes a lock of the project of its own, which kind tells from others.
func (s *session) lockAs(ctx context.Context, kind, target string, patience time.Duration) (unlock func(), waited bool, err error) {
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
		waited, s.mine = true, nil // the other run may have claimed the stack
		if err := s.await(ctx, l, path, patience); err != nil {
			return nil, true, err
		}
	}
	if _, err := os.Stat(s.layout.Path(s.layout.StateDir)); err == nil || kind != "" || s.opts.environment { // a target that remembers
		keepOutOfGit(s.layout)
	}
	data, _ := json.Marshal(holder{PID: os.Getpid(), Target: target, Since: s.w.Now()})
	_ = os.WriteFile(path, data, 0o600)
	return func() { _ = os.Truncate(path, 0); _ = l.Unlock() }, waited, nil
}

func (s *session) await(ctx context.Context, l *flock.Flock, path string, patience time.Duration) error {
	who := readHolder(path)
	_, _ = fmt.Fprintf(s.w.Err, "waiting for %s\n", who)
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errPatience)
	defer cancel()
	got, err := l.TryLockContext(ctx, 50*time.Millisecond)
	switch {
	case got:
		return nil
	case errors.Is(context.Cause(ctx), errPatience):
		return failure.New(failure.Locked, "%s still holds the lock after %s", readHolder(path), patience).
			WithHint("wait for it, or end it, then run this again")
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	return fmt.Errorf("lock %s: %w", path, err)
}

var errPatience = fmt.Errorf("waited long enough")

func readHolder(path string) (h holder) {
	data, _ := os.ReadFile(path)
	_ = json.Unmarshal(data, &h)
	return h
}

// lockPath is one file for each engine and project, whatever working copy the
// project is run from and however the engine's address is written.
func (s *session) lockPath(ctx context.Context, kind string) (string, error) {
	engine, err := s.client.ID(ctx)
	if err != nil {
		return "", err
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = s.layout.Path(s.layout.StateDir)
	}
	dir = filepath.Join(dir, "spellbook", "locks")
	sum := sha256.Sum256([]byte(engine))
	return filepath.Join(dir, s.project.Name+kind+"-"+hex.EncodeToString(sum[:4])+".lock"), os.MkdirAll(dir, 0o700)
}
