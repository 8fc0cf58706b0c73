package develop

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"testing"

	"github.com/compose-spec/compose-go/v2/types"
)

// withoutRights runs f as a user who may read no more than others may.
func withoutRights(t *testing.T, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		runtime.LockOSThread() // it ends with the goroutine, and root's rights with it
		_, _, _ = syscall.RawSyscall(syscall.SYS_SETFSUID, 65534, 0, 0)
		f()
		close(done)
	}()
	<-done
}

func TestADirectoryThatMayNotBeReadHasNotGone(t *testing.T) {
	t.Parallel()
	dir := realDir(t)
	files(t, dir, "a", "shut/b", "shut/deep/c", "gone")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.Chmod(filepath.Dir(dir), 0o755))
	must(os.Chmod(dir, 0o755))
	r := ruleOf(t, dir, types.Trigger{Path: dir, Action: types.WatchActionSync, Target: "/app"})
	before := r.Look()
	must(os.Remove(filepath.Join(dir, "gone")))
	for _, mode := range []os.FileMode{0, 0o444} {
		must(os.Chmod(filepath.Join(dir, "shut"), mode))
		withoutRights(t, func() {
			now, err := r.LookAgain(before)
			if c := now.Since(before); err == nil || !slices.Equal(c.Gone, []string{filepath.Join(dir, "gone")}) || !slices.Equal(c.Changed, []string{filepath.Join(dir, "shut")}) {
				t.Errorf("%o: %v, %+v", mode, err, c)
			}
		})
	}
	must(os.Chmod(filepath.Join(dir, "shut"), 0o755))
	if now, err := r.LookAgain(before); err != nil || len(now) != len(before)-1 {
		t.Errorf("%v, %v", err, now)
	}
}
