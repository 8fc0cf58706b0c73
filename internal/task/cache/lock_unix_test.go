//go:build unix

package cache

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/task"
)

// until waits for what has to happen.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	late, tick := time.After(time.Minute), time.NewTicker(5*time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("not within a minute: %s", what)
		}
	}
}

// Nobody takes back a lock that its process was killed with.
func TestAKilledRunHoldsNoTask(t *testing.T) {
	t.Parallel()
	r := newRepository(t, "src/a=1")
	locks := filepath.Join(r.o.Dir, "locks")
	r.must(os.MkdirAll(locks, 0o700))
	path := filepath.Join(locks, "lint%3Ago.lock")
	other := exec.Command("flock", "-o", path, "sh", "-c", "printf 'ci (pid 1, since 10:00:00)' >"+path+"; exec sleep 1000")
	other.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	r.must(other.Start())
	t.Cleanup(func() { _ = syscall.Kill(-other.Process.Pid, syscall.SIGKILL) }) // with the sleep
	until(t, "the other run has it", func() bool { return strings.HasPrefix(r.read(".spellbook/cache/locks/lint%3Ago.lock"), "ci") })
	waits := make(chan string, 1)
	got := make(chan error, 1)
	go func() {
		unlock, err := Open(r.o).Lock(t.Context(), "lint:go", func(holder string) { waits <- holder })
		if err == nil {
			unlock()
		}
		got <- err
	}()
	if said := <-waits; said != "another run: ci (pid 1, since 10:00:00)" {
		t.Errorf("it waits for %q", said)
	}
	select {
	case err := <-got:
		t.Fatalf("it has not waited: %v", err)
	case <-time.After(4 * lookAgain):
	}
	r.must(other.Process.Kill())
	_ = other.Wait()
	if err := <-got; err != nil {
		t.Error(err)
	}
}

// waiter cancels when a task waits.
type waiter struct {
	*repository
	cancel func()
}

func (w waiter) Line(string, string) { w.cancel() }

func TestARunWhoseTaskNeverStoppedWaitingEnds(t *testing.T) {
	t.Parallel()
	r := newRepository(t, "src/a=1")
	unlock, err := Open(r.o).Lock(t.Context(), "a", nil)
	r.must(err)
	defer unlock()
	g, err := task.New([]task.Task{shell("a", "true")})
	r.must(err)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	got, err := task.Execute(ctx, g, task.Options{Root: r.root, Environ: r.env, Cache: Open(r.o), Reporter: waiter{r, cancel}})
	if len(got.Results) != 1 || got.Results[0].Outcome != task.Canceled || !errors.Is(err, context.Canceled) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestWhoWaitsForATaskCanBeEnded(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	unlock, err := Open(r.o).Lock(t.Context(), "a", nil)
	r.must(err)
	defer unlock()
	ended := errors.New("SIGINT")
	ctx, cancel := context.WithCancelCause(t.Context())
	if _, err := Open(r.o).Lock(ctx, "a", func(string) { cancel(ended) }); !errors.Is(err, ended) {
		t.Errorf("error = %v", err)
	}
	free, err := Open(r.o).Lock(t.Context(), "b", func(string) { t.Error("another task's lock is in the way") })
	r.must(err)
	free()
}
