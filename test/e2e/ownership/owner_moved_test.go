package ownership_test

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

func TestACheckoutThatWasMovedIsAskedAboutAndKeepsItsData(t *testing.T) {
	t.Parallel()
	s := newStack(t, store)
	s.File(".env", "POSTGRES_PASSWORD=one-1one\n")
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	if _, err := s.psql("CREATE TABLE kept (line text); INSERT INTO kept VALUES ('of the first')"); err != nil {
		t.Fatal(err)
	}
	before, old := s.IDs(), s.Dir
	s.Dir = filepath.Join(t.TempDir(), "moved")
	if err := os.Rename(old, s.Dir); err != nil {
		t.Fatal(err)
	}
	s.Hide(old, "OLD")
	s.Shows("infra:up", s.Up(infra.UpOptions{}))
	s.Shows("infra:up, and no", s.answer("n\n"))
	if after := s.IDs(); !maps.Equal(before, after) {
		t.Errorf("before %v, after %v", before, after)
	}
	s.answer("y\n").Want(t, failure.OK)
	s.keeps()
	s.Settled()

	// Without a container the volume alone says whose it is.
	s.Down(infra.DownOptions{}).Want(t, failure.OK)
	old = s.Dir
	s.Dir = filepath.Join(t.TempDir(), "again")
	if err := os.Rename(old, s.Dir); err != nil {
		t.Fatal(err)
	}
	s.Hide(old, "OLD")
	s.Shows("infra:up, without a container", s.Up(infra.UpOptions{}))
	s.Up(infra.UpOptions{Adopt: true}).Want(t, failure.OK)
	s.keeps()
	s.Settled()
}

// answer is an infra:up on a terminal where somebody types an answer.
func (s *stack) answer(text string) stacktest.Result {
	s.T.Helper()
	return s.Run(func(ctx context.Context, w *app.Run) error {
		w.In, w.InTerminal = strings.NewReader(text), true
		return infra.Up(ctx, w, infra.UpOptions{})
	})
}

// The volumes of a stack that is down are still somebody's.
func TestTheVolumesOfAnotherCheckoutAreNotUsedAfterItsDown(t *testing.T) {
	t.Parallel()
	first := newStack(t, store)
	first.File(".env", "POSTGRES_PASSWORD=one-1one\n")
	first.Up(infra.UpOptions{}).Want(t, failure.OK)
	if _, err := first.psql("CREATE TABLE kept (line text); INSERT INTO kept VALUES ('of the first')"); err != nil {
		t.Fatal(err)
	}
	first.Down(infra.DownOptions{}).Want(t, failure.OK)
	second := first.in(t.TempDir(), "two-2two")
	second.Hide(first.Dir, "FIRST")
	second.Shows("infra:up", second.Up(infra.UpOptions{}))
	second.Up(infra.UpOptions{Dry: true}).Want(t, failure.Preflight)
	if ids := first.IDs(); len(ids) > 0 {
		t.Errorf("made: %v", ids)
	}
	first.Up(infra.UpOptions{}).Want(t, failure.OK)
	first.keeps()
}

func TestACacheThatCannotBeWrittenIsOneWarning(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "no-directory")
	if err := os.MkdirAll(filepath.Join(file, "spellbook", "locks"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(file, "spellbook", "stacks"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := newStack(t, cleanStack)
	s.Env = append(s.Env, "XDG_CACHE_HOME="+file)
	r := s.Up(infra.UpOptions{}).Want(t, failure.OK).Says(t, "warning: it is not noted whose the volumes of "+s.Name+" are: write ", "stacks: not a directory\n")
	if n := strings.Count(r.All(), "warning: "); n != 1 {
		t.Errorf("%d warnings:\n%s", n, r.All())
	}
	s.Settled()
}
