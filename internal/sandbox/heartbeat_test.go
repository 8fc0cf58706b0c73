package sandbox

import (
	"os"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/project"
)

// ofAnother is a stack with a lease that nobody here holds, of a kernel.
func ofAnother(t *testing.T, boot string) (p Place, lease string) {
	t.Helper()
	p, err := At(project.Layout{Root: t.TempDir()}, "one")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(p.Path(""), 0o700); err != nil {
		t.Fatal(err)
	}
	lease = p.Path(usePrefix + "1-x.json")
	if err := os.WriteFile(lease, []byte(`{"pid":1,"boot":"`+boot+`"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	return p, lease
}

// Nothing but the heart tells of who is on another kernel.
func TestAUserOnAnotherKernelLivesWhileItsHeartBeats(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for boot, alive := range map[string]bool{"another": true, boot(): boot() == ""} {
		p, _ := ofAnother(t, boot)
		for _, look := range []struct {
			after time.Duration // since the last beat, by the clock
			awake time.Duration // of which this machine ran
			alive bool
		}{{0, time.Hour, alive}, {2 * Grace, time.Hour, alive}, {3 * Grace, time.Hour + Grace, false}} {
			if got := len(p.users(moment{now.Add(look.after), look.awake})) == 1; got != look.alive {
				t.Errorf("boot %q: %s after the last beat it is alive: %t", boot, look.after, got)
			}
		}
	}
}

// Its clock jumps when a machine wakes up: a user that slept with it has not beaten yet.
func TestAUserOnAnotherKernelOutlivesASuspend(t *testing.T) {
	t.Parallel()
	p, lease := ofAnother(t, "another")
	now, ran := time.Now(), time.Hour
	look := func(when string, alive bool) {
		t.Helper()
		if got := len(p.users(moment{now, ran})) == 1; got != alive {
			t.Errorf("%s: it is alive: %t", when, got)
		}
	}
	look("before", true)
	for range 2 { // it may go back to sleep at once
		now, ran = now.Add(time.Hour), ran+time.Second
		look("as soon as both woke up", true)
	}
	if err := os.Chtimes(lease, now, now); err != nil {
		t.Fatal(err)
	}
	now, ran = now.Add(time.Hour), ran+Grace
	look("after a beat and one more suspend", true)
	now, ran = now.Add(Grace), ran+Grace
	look("when its heart stood still since", false)
}

func TestAStoppedHeartIsNotedAnewByAnotherMachine(t *testing.T) {
	t.Parallel()
	p, lease := ofAnother(t, "another")
	late := time.Now().Add(2 * Grace)
	if err := os.WriteFile(sightingOf(lease), []byte(`{"beat":"2020-01-01T00:00:00Z","by":"else","awake":1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, look := range []struct {
		awake time.Duration
		alive bool
	}{{time.Hour, true}, {time.Minute, true}, {time.Minute + Grace, false}} { // the second is after a boot
		if got := len(p.users(moment{late, look.awake})) == 1; got != look.alive {
			t.Errorf("awake for %s: it is alive: %t", look.awake, got)
		}
	}
}
