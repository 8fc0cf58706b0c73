package pluginhost

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/state"
)

const (
	lockPatience = 10 * time.Minute // of a build that another process does
	lockPoll     = 20 * time.Millisecond
)

// readAtMost reads a file; one that is larger than limit is an error.
func readAtMost(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > limit {
		return nil, fmt.Errorf("read %s: %d bytes, %d are the most", path, info.Size(), limit)
	}
	return os.ReadFile(path)
}

// exclusive holds off other processes and goroutines until unlock. Where the file system
// locks nothing it holds off nobody, which is noted: what is stored is renamed whole.
func (h *Host) exclusive(ctx context.Context, owner string) (unlock func(), err error) {
	path := filepath.Join(h.Cache, "locks", owner+".lock")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("lock plugin cache: %w", err)
	}
	patient, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	l := flock.New(path, flock.SetPermissions(0o600))
	lock := h.lock
	if lock == nil {
		lock = (*flock.Flock).TryLockContext
	}
	got, err := lock(l, patient, lockPoll)
	switch {
	case state.HasNoLocks(err):
		_ = l.Close()
		if h.Unlocked != nil {
			h.Unlocked(fmt.Errorf("lock %s: %w", path, err))
		}
		return func() {}, nil
	case got:
		return func() { _ = l.Unlock() }, nil
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case patient.Err() != nil:
		return nil, failure.New(failure.Locked, "another build of the plugin still holds %s", path).
			WithHint("wait for it, or end it, then run this again")
	}
	return nil, fmt.Errorf("lock %s: %w", path, err)
}

func (h *Host) now() time.Time {
	if h.Now == nil {
		return time.Time{} // every file is young then: nothing is believed unread
	}
	return h.Now()
}
