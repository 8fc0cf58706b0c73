package watch

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
)

// scarce is a system that gives so many watches in all.
func scarce(most int64, err error) func() (*notifier, error) {
	var given atomic.Int64
	return func() (*notifier, error) {
		if most == 0 {
			return nil, err
		}
		n, failed := newNotifier()
		if failed != nil {
			return nil, failed
		}
		add := n.add
		n.add = func(path string) error {
			if given.Add(1) > most {
				return err
			}
			return add(path)
		}
		return n, nil
	}
}

func TestWithoutWatchesFilesAreLookedAt(t *testing.T) {
	for name, connect := range map[string]func() (*notifier, error){
		"no instance":   scarce(0, fmt.Errorf("couldn't initialize inotify: %w", syscall.EMFILE)),
		"no watch":      scarce(1, syscall.ENOSPC),
		"the one after": scarce(3, syscall.ENOSPC),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := seeded(t, "src/a", "skipped/b")
			w := begin(t, dir, Options{Skip: func(path string, _ bool) bool { return filepath.Base(path) == "skipped" }}, connect)
			if name == "the one after" { // the root, what it hangs on and src were all there was
				w.write("new/file")
				w.untilAll()
			}
			if text := <-w.warned; !strings.Contains(text, "looked at every 500ms") {
				t.Errorf("warned: %s", text)
			}
			w.write("skipped/b")
			w.write("src/a")
			if told := w.until("src/a"); slices.Contains(told, "skipped/b") {
				t.Errorf("told of what is skipped: %q", told)
			}
			w.write("src/new/c")
			w.until("src/new/c")
			w.do(os.RemoveAll(w.path("src")))
			w.until("src", "src/a", "src/new/c")
			w.do(os.RemoveAll(w.dir))
			w.until(".")
			w.write("src/a")
			w.until("src/a")
			if len(w.warned) > 0 {
				t.Errorf("warned again: %s", <-w.warned)
			}
		})
	}
}

func TestAfterLostEventsAnythingMayHaveChanged(t *testing.T) {
	lost := make(chan struct{})
	connect := func() (*notifier, error) {
		n, err := newNotifier()
		n.lost = lost
		return n, err
	}
	w := begin(t, seeded(t, "a"), Options{}, connect)
	lost <- struct{}{}
	w.untilAll()
	w.write("deep/in/file")
	w.until("deep/in/file")
}

func TestEveryErrorOfTheSystemCountsAsLostEventsAndHoldsNobodyUp(t *testing.T) {
	errs, lost := make(chan error), make(chan struct{}, 1)
	go forward(errs, lost)
	for range 3 { // nobody receives from lost
		errs <- syscall.EINVAL
	}
	close(errs)
	<-lost
}
