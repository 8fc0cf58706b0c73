package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/host/ssh"
	"github.com/infinitescribe/spellbook/internal/serverlock"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

func options(path, owner string) serverlock.Options {
	return serverlock.Options{Path: path, Env: "dev", Owner: owner, Host: "laptop", PID: 42, Target: "deploy:dev"}
}

func acquire(t *testing.T, s *ssh.Server, o serverlock.Options) *serverlock.Lock {
	t.Helper()
	l, err := serverlock.Acquire(t.Context(), s, o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func release(t *testing.T, l *serverlock.Lock) {
	t.Helper()
	if err := l.Release(); err != nil {
		t.Error(err)
	}
}

// nobody wants the lock to be free, and nothing of it to be left.
func nobody(t *testing.T, s *ssh.Server, path string) {
	t.Helper()
	if h, err := serverlock.Show(t.Context(), s, path); h != nil || err != nil {
		t.Errorf("held by %v: %v", h, err)
	}
	for _, name := range []string{"lock", "new.*"} {
		if left, _ := filepath.Glob(filepath.Join(path, ".spellbook", name)); len(left) > 0 {
			t.Errorf("left: %v", left)
		}
	}
}

func TestOneHoldsTheLockAndAnotherIsToldWho(t *testing.T) {
	t.Parallel()
	d, s := connected(t)
	other := connect(t, d)
	path := filepath.Join(t.TempDir(), `it's "the" $(path)`)
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	nobody(t, s, path)
	owner := `Ann O'Neill "the\n first" ${x}`
	l := acquire(t, s, options(path, owner))
	_, err := serverlock.Acquire(t.Context(), other, options(path, "ben"))
	if failure.CodeOf(err) != failure.Locked || !strings.Contains(err.Error(), "deploy:dev ("+owner+"@laptop, pid 42) since ") ||
		!strings.Contains(err.Error(), "mage deploy:lock dev") || !strings.Contains(err.Error(), "-wait") {
		t.Errorf("got %v", err)
	}
	if h, err := serverlock.Show(t.Context(), other, path); err != nil || h == nil || h.Owner != owner || h.PID != 42 || h.Stale || h.Heartbeat < 0 {
		t.Errorf("shown: %+v, %v", h, err)
	}
	release(t, l)
	nobody(t, s, path)
	<-l.Lost()
}

func TestOfManyAtOnceEachHoldsTheLockAlone(t *testing.T) {
	t.Parallel()
	d := newSSHD(t)
	path, inside := t.TempDir(), make(chan struct{}, 1)
	var all sync.WaitGroup
	for i := range 4 {
		s := connect(t, d)
		all.Go(func() {
			o := options(path, fmt.Sprint(i))
			o.Wait = true
			l, err := serverlock.Acquire(t.Context(), s, o)
			if err != nil {
				t.Error(err)
				return
			}
			select {
			case inside <- struct{}{}:
			default:
				t.Error("two hold it")
			}
			<-inside
			release(t, l)
		})
	}
	all.Wait()
	nobody(t, connect(t, d), path)
}

func TestWhoWaitsIsToldForWhomAndMayGiveUp(t *testing.T) {
	t.Parallel()
	d, s := connected(t)
	path := t.TempDir()
	l := acquire(t, s, options(path, "ann"))
	ctx, cancel := context.WithCancel(t.Context())
	o := options(path, "ben")
	o.Wait, o.Waiting = true, func(h serverlock.Holder) {
		if h.Owner != "ann" {
			t.Errorf("waits for %v", h)
		}
		cancel()
	}
	if _, err := serverlock.Acquire(ctx, connect(t, d), o); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	select {
	case <-l.Lost():
		t.Error("the holder lost it")
	default:
	}
	release(t, l)
	nobody(t, s, path)
}

// age makes the last heartbeat of a lock older.
func age(t *testing.T, path string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(path, ".spellbook/lock/beat"), []byte("1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// killHolder kills the process on the server that holds a lock, before what
// would end it orderly.
func killHolder(t *testing.T, path string) {
	t.Helper()
	var pids []int
	for _, line := range stacktest.Processes(t, "\x00sh\x00"+path+"\x00") {
		var pid int
		if _, err := fmt.Sscan(line, &pid); err == nil && !strings.Contains(line, "ssh") {
			pids = append(pids, pid)
		}
	}
	if len(pids) == 0 {
		t.Fatal("nobody holds it")
	}
	slices.Sort(pids)
	for _, pid := range slices.Backward(pids) {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
}

func TestALockWhoseHolderIsSilentIsTakenOver(t *testing.T) {
	t.Parallel()
	d, s := connected(t)
	path := t.TempDir()
	l := acquire(t, s, options(path, "ann"))
	killHolder(t, path)
	<-l.Lost()
	other := connect(t, d)
	if _, err := serverlock.Acquire(t.Context(), other, options(path, "ben")); failure.CodeOf(err) != failure.Locked {
		t.Errorf("it was taken at once: %v", err)
	}
	age(t, path)
	taken := acquire(t, other, options(path, "ben"))
	if taken.Taken == nil || taken.Taken.Owner != "ann" || !taken.Taken.Stale {
		t.Errorf("taken over from %v", taken.Taken)
	}
	release(t, taken)
	nobody(t, s, path)
	if l := acquire(t, other, options(path, "ben")); l.Taken != nil {
		t.Errorf("taken over from %v", l.Taken)
	} else {
		release(t, l)
	}
}

func TestALockFromBeforeTheServersStartIsTakenOver(t *testing.T) {
	t.Parallel()
	_, s := connected(t)
	path := t.TempDir()
	l := acquire(t, s, options(path, "ann"))
	killHolder(t, path)
	<-l.Lost()
	holder := filepath.Join(path, ".spellbook/lock/holder")
	text, err := os.ReadFile(holder)
	if err != nil {
		t.Fatal(err)
	}
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(holder, []byte(strings.Replace(string(text), strings.TrimSpace(string(boot)), "another", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	taken := acquire(t, s, options(path, "ben"))
	if taken.Taken == nil || taken.Taken.Heartbeat != -1 {
		t.Errorf("taken over from %v", taken.Taken)
	}
	release(t, taken)
}

func TestALockIsBrokenWhereItsHolderIsSilentOrByForce(t *testing.T) {
	t.Parallel()
	d, s := connected(t)
	other, path := connect(t, d), t.TempDir()
	if h, err := serverlock.Break(t.Context(), other, path, "dev", false); h != nil || err != nil {
		t.Errorf("nobody's lock was broken: %v, %v", h, err)
	}
	l := acquire(t, s, options(path, "ann"))
	if _, err := serverlock.Break(t.Context(), other, path, "dev", false); failure.CodeOf(err) != failure.Locked ||
		!strings.Contains(err.Error(), "mage deploy:unlock dev -force") {
		t.Errorf("got %v", err)
	}
	if h, err := serverlock.Break(t.Context(), other, path, "dev", true); err != nil || h == nil || h.Owner != "ann" {
		t.Errorf("broken: %v, %v", h, err)
	}
	<-l.Lost()
	nobody(t, s, path)
}

func TestALockIsLostWithItsConnection(t *testing.T) {
	t.Parallel()
	d, s := connected(t)
	path := t.TempDir()
	l := acquire(t, s, options(path, "ann"))
	_ = s.Close()
	<-l.Lost()
	stacktest.Eventually(t, "the server lets go", func() bool {
		_, err := os.Stat(filepath.Join(path, ".spellbook/lock"))
		return errors.Is(err, os.ErrNotExist)
	})
	nobody(t, connect(t, d), path)
}

// A network that is cut says nothing to either side: the server ends by itself
// what nobody speaks for any more.
func TestAServerThatHearsNothingLetsGoAndEndsWhatRuns(t *testing.T) {
	t.Parallel()
	d, s := connected(t)
	path := t.TempDir()
	l := acquire(t, s, options(path, "ann"))
	ended := make(chan error, 1)
	go func() { ended <- s.Run(t.Context(), ssh.Command{Argv: []string{"sleep", "7401"}}) }()
	stacktest.Eventually(t, "it runs", func() bool { return sleeps(t, "7401") })
	masters := stacktest.Processes(t, filepath.Join(d.Dir, "client")+"\x00-M\x00")
	var pid int
	if _, err := fmt.Sscan(strings.Join(masters, " "), &pid); err != nil || len(masters) != 1 {
		t.Fatalf("%v: %v", masters, err)
	}
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	stacktest.Eventually(t, "the server lets go", func() bool {
		_, err := os.Stat(filepath.Join(path, ".spellbook/lock"))
		return errors.Is(err, os.ErrNotExist)
	})
	stacktest.Eventually(t, "it is ended", func() bool { return !sleeps(t, "7401") })
	if err := syscall.Kill(pid, syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	<-l.Lost()
	if err := <-ended; err == nil {
		t.Error("a command that was ended succeeded")
	}
}

func TestADirectoryThatIsNotThereHasNoLock(t *testing.T) {
	t.Parallel()
	_, s := connected(t)
	_, err := serverlock.Acquire(t.Context(), s, options(filepath.Join(t.TempDir(), "nosuch"), "ann"))
	if failure.CodeOf(err) != failure.Preflight || !strings.Contains(err.Error(), "nosuch") {
		t.Errorf("got %v", err)
	}
}
