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
)

// lookAgain is how often a lock is tried that another run holds.
const lookAgain = 50 * time.Millisecond

// Lock keeps other runs in this checkout from a task until unlock is called. Where one
// of them is at it, wait is told which, once, and Lock returns when that one has ended,
// however it ends: the kernel frees the lock with its process. The error is that of a
// context that has ended, or of a file that cannot be locked.
func (c *Cache) Lock(ctx context.Context, name string, wait func(holder string)) (unlock func(), err error) {
	dir := filepath.Join(c.Dir, "locks")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("lock task %s: %w", name, err)
	}
	path := filepath.Join(dir, url.QueryEscape(name)+".lock")
	lock := flock.New(path, flock.SetPermissions(0o600))
	got, err := lock.TryLock()
	if err == nil && !got {
		holder, _ := os.ReadFile(path) // which Windows lets nobody read meanwhile
		wait("another run: " + string(holder))
		if got, err = lock.TryLockContext(ctx, lookAgain); got {
			c.tree.forget()
			c.engine.forget()
		}
	}
	if err != nil {
		_ = lock.Close()
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, fmt.Errorf("lock task %s: %w", name, err)
	}
	_ = os.WriteFile(path, fmt.Appendf(nil, "%s (pid %d, since %s)", c.Target, os.Getpid(), c.Now().Local().Format("15:04:05")), 0o600)
	return func() { _ = errors.Join(os.Truncate(path, 0), lock.Close()) }, nil
}
