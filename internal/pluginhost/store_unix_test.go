//go:build unix

package pluginhost

import (
	"context"
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gofrs/flock"
)

// As on some shared directories: a run that cannot be kept apart from others is better than none.
func TestAPluginCacheOnAFileSystemWithoutLocksIsUsedAndThatIsNoted(t *testing.T) {
	t.Parallel()
	for _, errno := range []error{syscall.ENOLCK, syscall.ENOSYS, syscall.ENOTSUP, syscall.EACCES} {
		var noted []error
		h := &Host{Cache: t.TempDir(), Unlocked: func(err error) { noted = append(noted, err) },
			lock: func(*flock.Flock, context.Context, time.Duration) (bool, error) { return false, errno }}
		unlock, err := h.exclusive(t.Context(), "kafka")
		if errors.Is(errno, syscall.EACCES) {
			if err == nil || noted != nil {
				t.Errorf("a lock that nobody may take: %v, noted %v", err, noted)
			}
			continue
		}
		if err != nil || len(noted) != 1 || !errors.Is(noted[0], errno) || !strings.Contains(noted[0].Error(), "kafka.lock") {
			t.Fatalf("%v: %v, noted %v", errno, err, noted)
		}
		unlock()
	}
}
