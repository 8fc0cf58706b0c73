package sandbox

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gofrs/flock"

	"github.com/infinitescribe/spellbook/internal/project"
)

func TestAPromiseOutlivesAnEmptiedCache(t *testing.T) {
	t.Parallel()
	u := UserLeases(t.TempDir())
	l, err := u.Use(t.Context(), "shop-a", "engine")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Release()
	if err := os.RemoveAll(string(u)); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	if err := u.Promise("shop-a", "engine", now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if done := u.TakeDead("shop-a", now); done != nil {
		t.Error("a stack that is to stay is taken for dead")
	}
}

func TestALeaseGoesOnceItsStackIsGoneAndNobodyUsesIt(t *testing.T) {
	t.Parallel()
	u := UserLeases(t.TempDir())
	now := time.Now()
	leave := func(project, engine string, until time.Time) *UserLease {
		l, err := u.Use(t.Context(), project, engine)
		if err == nil {
			err = u.Promise(project, engine, until)
		}
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	const old = -2 * oldLease
	for project, until := range map[string]time.Duration{"gone": old, "promised": time.Hour, "recent": -time.Hour, "there": old} {
		leave(project, "engine", now.Add(until)).Release()
	}
	leave("elsewhere", "another engine", now.Add(old)).Release()
	leave("of an earlier version", "", now.Add(old)).Release()
	used := leave("used", "engine", now.Add(old))
	sweep := func(want string) {
		t.Helper()
		u.Sweep("engine", func(project string) bool { return project == "there" }, now)
		list, err := filepath.Glob(u.path("*"))
		for i, path := range list {
			list[i] = strings.TrimSuffix(filepath.Base(path), ending)
		}
		if got := strings.Join(list, " "); err != nil || got != want {
			t.Errorf("left are %q, want %q (%v)", got, want, err)
		}
	}
	sweep("elsewhere promised recent there used")
	used.Release()
	sweep("elsewhere promised recent there")
}

// Who waits for a removal would else lock a file that is none of an engine, or of nobody's.
func TestALeaseIsOneAlsoWhereItWasSweptMeanwhile(t *testing.T) {
	t.Parallel()
	u := UserLeases(t.TempDir())
	if err := u.create("shop-a", "engine"); err != nil {
		t.Fatal(err)
	}
	done := u.TakeDead("shop-a", time.Now().Add(time.Hour))
	if done == nil {
		t.Fatal("nobody uses it, and it is not dead")
	}
	got := make(chan *UserLease)
	go func() {
		l, err := u.Use(t.Context(), "shop-a", "engine")
		if err != nil {
			t.Error(err)
		}
		got <- l
	}()
	<-time.After(lookAgain) // it has opened the file, and waits
	if err := u.Forget("shop-a"); err != nil {
		t.Fatal(err)
	}
	done()
	defer (<-got).Release()
	if done := u.TakeDead("shop-a", time.Now().Add(time.Hour)); done != nil {
		t.Error("a stack in use is taken for dead")
	}
	if of, err := os.ReadFile(u.path("shop-a")); err != nil || string(of) != "engine" {
		t.Errorf("it is of the engine %q (%v)", of, err)
	}
}

// As on the file systems of some shared directories.
func TestWhereNoFileIsLockedAUserLivesWhileItsHeartBeats(t *testing.T) {
	t.Parallel()
	p, err := At(project.Layout{Root: t.TempDir()}, "one")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	l, err := p.use("a", now, func(*flock.Flock) error { return syscall.ENOLCK })
	if err != nil {
		t.Fatal(err)
	}
	none := func(*flock.Flock) (bool, error) { return false, syscall.ENOLCK }
	for i, want := range []bool{true, true, false} { // the second look notes that it is late
		late := time.Duration(2*i) * Grace
		if _, alive := user(l.path, moment{now.Add(late), late}, none); alive != want {
			t.Errorf("after %s it lives: %t", late, alive)
		}
	}
	if _, alive := user(l.path, moment{now, 0}, (*flock.Flock).TryLock); !alive {
		t.Error("it is dead to who can lock its file by then")
	}
	l.Release()
	if _, alive := user(l.path, moment{now, 0}, none); alive {
		t.Error("it lives after it was given back")
	}
}
