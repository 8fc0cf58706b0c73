package cache

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"github.com/infinitescribe/spellbook/internal/state"
)

// lookAgain is how often a lock is tried that another run holds.
const lookAgain = 50 * time.Millisecond

// Lock keeps other runs in this checkout from a task until unlock is called. Where one
// of them is at it, wait is told which, once, and Lock returns when that one has ended,
// however it ends: the kernel frees the lock with its process. The error is that of a
// context that has ended, or of a file that cannot be locked.
func (c *Cache) Lock(ctx context.Context, name string, wait func(holder string)) (unlock func(), err error) {
	path := filepath.Join(c.Dir, "locks", url.QueryEscape(name)+".lock")
	lock := flock.New(path, flock.SetPermissions(0o600))
	waited := false
	for {
		if err = os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			break
		}
		var got bool
		if got, err = c.tryLock(lock); err != nil || got && state.IsAt(lock.Stat, path) {
			break
		}
		if got { // its directory was removed meanwhile: that lock is nobody's else
			_ = lock.Close()
			continue
		}
		if !waited {
			waited = true
			holder, _ := os.ReadFile(path) // which Windows lets nobody read meanwhile
			wait("another run: " + string(holder))
		}
		_ = lock.Close() // opened anew: it may be another file by then
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(lookAgain):
		}
	}
	if waited {
		c.tree.forget()
		c.engine.forget()
	}
	switch {
	case state.HasNoLocks(err): // it is told once a run
		_ = lock.Close()
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.unlocked == "" {
			c.unlocked, c.noLocks = name, err
		}
		return func() { c.ended(name) }, nil
	case err != nil:
		_ = lock.Close()
		return nil, fmt.Errorf("lock task %s: %w", name, err)
	}
	_ = os.WriteFile(path, fmt.Appendf(nil, "%s (pid %d, since %s)", c.Target, os.Getpid(), c.Now().Local().Format("15:04:05")), 0o600)
	return func() { c.ended(name); _ = errors.Join(os.Truncate(path, 0), lock.Close()) }, nil
}
