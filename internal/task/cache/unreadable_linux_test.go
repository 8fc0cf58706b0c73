package cache

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"testing"
)

// A database's files belong to a user of its own.
func TestADirectoryThatMayNotBeReadIsNotLookedInto(t *testing.T) {
	t.Parallel()
	r := newRepository(t, "data/postgres/file=1", "data/z=1")
	r.must(errors.Join(os.Chmod(filepath.Join(r.root, "data/postgres"), 0), os.Chmod(filepath.Dir(r.root), 0o755)))
	c := Open(r.o)
	var found []string
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // it ends with the goroutine, and root's rights with it
		if _, _, code := syscall.RawSyscall(syscall.SYS_SETFSUID, 65534, 0, 0); os.Geteuid() != 0 || code == 0 {
			done <- c.changed("", 0, func(file string, _ int64) { found = append(found, file) })
		}
		close(done)
	}()
	if err := <-done; err != nil || !slices.Equal(found, []string{"data/z"}) {
		t.Errorf("got %q, %v", found, err)
	}
	r.must(os.Chmod(filepath.Join(r.root, "data/postgres"), 0o700))
}
