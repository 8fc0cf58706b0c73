//go:build unix

package environ

import (
	"context"
	"errors"
	"syscall"
	"testing"
	"time"

	"github.com/gofrs/flock"
)

// As on some shared directories.
func TestAnEditOnAFileSystemWithoutLocksIsMade(t *testing.T) {
	for _, errno := range []error{syscall.ENOLCK, syscall.ENOSYS, syscall.ENOTSUP} {
		dirs := repository(t, "local")
		d := disk{lock: func(*flock.Flock, context.Context, time.Duration) (bool, error) { return false, errno }}
		changed, err := d.edit(t.Context(), dirs, "local", setting("NEW", "1"))
		must(t, err)
		same(t, "changed", changed, true)
	}
	d := disk{lock: func(*flock.Flock, context.Context, time.Duration) (bool, error) { return false, syscall.EACCES }}
	if _, err := d.edit(t.Context(), repository(t, "local"), "local", setting("NEW", "1")); !errors.Is(err, syscall.EACCES) {
		t.Errorf("a lock that nobody may take: %v", err)
	}
}
