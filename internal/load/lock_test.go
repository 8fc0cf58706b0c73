package load

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gofrs/flock"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/project"
)

// lockRun is a run whose user has a cache directory of its own, at a time.
func lockRun(t *testing.T, cache string, after time.Duration) *app.Run {
	t.Helper()
	return &app.Run{Environ: []string{"XDG_CACHE_HOME=" + cache, "HOME=" + cache}, Err: os.Stderr, Now: func() time.Time { return time.Now().Add(after) }}
}

func TestOnlyLocksGoThatAreOldAndNobodyHolds(t *testing.T) {
	t.Parallel()
	cache := t.TempDir()
	w := lockRun(t, cache, 0)
	l := project.Layout{Root: t.TempDir()}.WithDefaults()
	take := func(name string) (unlock func()) {
		t.Helper()
		lock, err := NewFileLock(w, l, name)
		if err != nil {
			t.Fatal(err)
		}
		if unlock, err = lock.Wait(t.Context(), w, "a test", time.Minute); err != nil {
			t.Fatal(err)
		}
		return unlock
	}
	take("free")()
	defer take("held")()
	dir := lockDirs(w, l)[0]
	if err := os.WriteFile(filepath.Join(dir, "note"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	left := func(after time.Duration) (names []string) {
		RemoveOldLocks(lockRun(t, cache, after), l)
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			names = append(names, e.Name())
		}
		return names
	}
	if names := left(23 * time.Hour); fmt.Sprint(names) != "[free.lock held.lock note]" {
		t.Errorf("after less than a day: %q", names)
	}
	if names := left(25 * time.Hour); fmt.Sprint(names) != "[held.lock note]" {
		t.Errorf("after a day: %q", names)
	}
}

// Whoever has opened a file and locks it after it was taken away has a lock on nothing.
func TestTakingAwayOldLocksLetsNoTwoRunsIn(t *testing.T) {
	t.Parallel()
	cache := t.TempDir()
	l := project.Layout{Root: t.TempDir()}.WithDefaults()
	var inside, both atomic.Int32
	var runs, sweeper sync.WaitGroup
	stop := make(chan struct{})
	sweeper.Go(func() {
		for w := lockRun(t, cache, 48*time.Hour); ; {
			select {
			case <-stop:
				return
			default:
				RemoveOldLocks(w, l)
			}
		}
	})
	for range 4 {
		runs.Go(func() {
			w := lockRun(t, cache, 0)
			for range 300 {
				lock, err := NewFileLock(w, l, "one")
				if err != nil {
					t.Error(err)
					return
				}
				got, err := lock.Try()
				if err != nil {
					t.Error(err)
				}
				if !got {
					continue
				}
				if inside.Add(1) > 1 {
					both.Add(1)
				}
				<-time.After(100 * time.Microsecond) // the others and the sweeper go on
				inside.Add(-1)
				lock.Close()
			}
		})
	}
	runs.Wait()
	close(stop)
	sweeper.Wait()
	if n := both.Load(); n > 0 {
		t.Errorf("two held it at once, %d times", n)
	}
}

func TestALockIsInTheCheckoutWhereTheCacheCannotBeMade(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	w := lockRun(t, filepath.Join(file, "cache"), 0)
	l := project.Layout{Root: t.TempDir()}.WithDefaults()
	lock, err := NewFileLock(w, l, "name")
	if err != nil {
		t.Fatal(err)
	}
	if unlock, err := lock.Wait(t.Context(), w, "a test", time.Minute); err != nil || !strings.HasPrefix(lock.path, l.Path(l.StateDir)) {
		t.Errorf("%s: %v", lock.path, err)
	} else {
		unlock()
	}
	l.Root = file // neither
	if _, err = NewFileLock(w, l, "name"); failure.CodeOf(err) != failure.Preflight || !strings.Contains(fmt.Sprint(err), "export XDG_CACHE_HOME=") {
		t.Errorf("got %v", err)
	}
}

// As on the file systems of some shared directories: work goes on, and the run warns once.
func TestWhereNoFileIsLockedARunGoesOnWithAWarning(t *testing.T) {
	t.Parallel()
	var said strings.Builder
	w := lockRun(t, t.TempDir(), 0)
	w.Err = &said
	l := project.Layout{Root: t.TempDir()}.WithDefaults()
	err := w.Guard(t.Context(), func(ctx context.Context) error {
		for _, name := range []string{"one", "two"} {
			lock, err := NewFileLock(w, l, name)
			if err != nil {
				return err
			}
			lock.tryLock = func(*flock.Flock) (bool, error) { return false, syscall.ENOLCK }
			unlock, err := lock.Wait(ctx, w, "a test", time.Minute)
			if err != nil {
				return err
			}
			unlock()
		}
		return nil
	})
	if text := said.String(); err != nil || strings.Count(text, "warning: ") != 1 || !strings.Contains(text, "one.lock: no locks available; two runs at once are not kept apart\n") {
		t.Errorf("%v, said %q", err, text)
	}
}
