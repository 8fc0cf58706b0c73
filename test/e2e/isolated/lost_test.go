package isolated_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/test"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/sandbox"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// lose removes the state directory, as git clean does.
func (s *stack) lose() {
	s.T.Helper()
	if err := os.RemoveAll(filepath.Join(s.Dir, ".spellbook")); err != nil {
		s.T.Fatal(err)
	}
}

// later is a stack that is brought up after some time.
func (s *stack) later(after time.Duration, name string) stacktest.Result {
	s.T.Helper()
	return s.Run(func(ctx context.Context, w *app.Run) error {
		w.Now = func() time.Time { return time.Now().Add(after) }
		return test.Up(ctx, w, test.UpOptions{Name: &name})
	}).Want(s.T, failure.OK)
}

// Without a record, the labels of its containers tell that a stack is this checkout's, and
// its user's cache directory that nobody uses it.
func TestAStackWhoseRecordIsLostIsRemovedWhenNobodyUsesIt(t *testing.T) {
	t.Parallel()
	s := newStack(t, stacktest.Lights)
	s.Env = append(s.Env, "XDG_CACHE_HOME="+t.TempDir())
	used := s.start(test.StartOptions{Name: "used", Target: "a test"})
	s.testUp(test.UpOptions{Name: named("kept")}).Want(t, failure.OK)
	inUse, kept := s.record("used"), s.record("kept")
	t.Cleanup(s.copyOf(inUse).Remove)
	t.Cleanup(s.copyOf(kept).Remove)
	stranger := newStack(t, stacktest.Lights) // another checkout, that looks on the same engine
	stranger.Env = s.Env
	s.lose()

	stranger.later(2*time.Hour, "x").SaysNot(t, "no record")
	s.later(0, "one").SaysNot(t, "no record")
	for _, r := range []string{inUse.Project, kept.Project} {
		if n := len(s.copyNamed(r).IDs()); n == 0 {
			t.Errorf("%s is gone", r)
		}
	}
	for name := range s.copyOf(kept).IDs() {
		stacktest.Docker(t, "stop", name) // as after a restart of the machine
	}
	s.later(61*time.Minute, "one").Says(t, "removed the stack "+kept.Project+", of which no record was left").SaysNot(t, inUse.Project)
	s.wantNothingOf(kept)
	if err := used.Stop(t.Context()); err != nil { // it has lost what it would remove
		t.Error(err)
	}
	s.later(0, "one").Says(t, "removed the stack "+inUse.Project+", of which no record was left")
	s.wantNothingOf(inUse)
	leases, _ := filepath.Glob(filepath.Join(app.Lookup(s.Env, "XDG_CACHE_HOME"), "spellbook/stacks/*.lease"))
	if len(leases) != 2 { // one, and the stranger's
		t.Errorf("leases are %q", leases)
	}
}

// What others remove than Spellbook leaves a note in the user's cache directory.
func TestTheNoteOfAStackThatIsGoneGoesWithTheNextOne(t *testing.T) {
	t.Parallel()
	s := newStack(t, stacktest.Lights)
	cache := t.TempDir()
	s.Env = append(s.Env, "XDG_CACHE_HOME="+cache)
	note := func(r sandbox.Record) bool {
		_, err := os.Stat(filepath.Join(cache, "spellbook/stacks", r.Project+".lease"))
		return err == nil
	}
	for _, name := range []string{"gone", "stays"} {
		s.testUp(test.UpOptions{Name: &name}).Want(t, failure.OK)
	}
	gone, stays := s.record("gone"), s.record("stays")
	t.Cleanup(s.copyOf(stays).Remove)
	s.copyOf(gone).Remove()
	if err := os.RemoveAll(filepath.Join(s.Dir, ".spellbook/test/gone")); err != nil {
		t.Fatal(err)
	}
	s.later(2*time.Hour, "next")
	if !note(gone) {
		t.Error("it is gone within a day")
	}
	s.later(26*time.Hour, "next")
	if note(gone) || !note(stays) || !note(s.record("next")) {
		t.Errorf("notes: of the stack that is gone %t, of that which is there %t, of the next %t", note(gone), note(stays), note(s.record("next")))
	}
}
