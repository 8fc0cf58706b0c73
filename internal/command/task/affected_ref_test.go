package task

import (
	"context"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/task"
)

func TestWhyGitKnowsNoCommonCommitIsSaid(t *testing.T) {
	t.Parallel()
	r := commandtest.NewRepository(t)
	g, err := task.New([]task.Task{shell("one", "true")})
	if err != nil {
		t.Fatal(err)
	}
	refused := func(since string, code failure.Code, says ...string) {
		t.Helper()
		r.Run(func(ctx context.Context, w *app.Run) error {
			_, _, err := Affected(ctx, w, g, since)
			return err
		}).Want(t, code, says...)
	}
	refused("main", failure.Preflight, "git status fails in "+r.Dir)
	refused("", failure.Usage, "-affected is empty")
	gitIn(t, r.Dir, "init", "-q", "-b", "main")
	refused("main", failure.Usage, `git knows no commit "main"`) // there is none yet
	gitIn(t, r.Dir, "add", "-A")
	gitIn(t, r.Dir, "commit", "-q", "-m", "one")
	refused("origin/main", failure.Usage, `git knows no commit "origin/main"`, "git fetch brings them")
	refused("-x", failure.Usage, `git knows no commit "-x"`)
	gitIn(t, r.Dir, "checkout", "-q", "--orphan", "other")
	gitIn(t, r.Dir, "commit", "-q", "-m", "two")
	refused("main", failure.Usage, `git knows no commit that "main" and the working tree have in common`, "git fetch --unshallow")
	// A branch that is there is enough, also where HEAD is on none.
	gitIn(t, r.Dir, "checkout", "-q", "--detach", "main")
	if got := affectedBy(t, r, []task.Task{shell("one", "true")}); got != "one" {
		t.Errorf("affected are %q", got)
	}
}
