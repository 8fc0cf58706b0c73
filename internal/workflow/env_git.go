package workflow

import (
	"context"
	"errors"
	"io"
	"path/filepath"

	"github.com/infinitescribe/spellbook/internal/envcheck"
	"github.com/infinitescribe/spellbook/internal/host"
	"github.com/infinitescribe/spellbook/internal/host/local"
)

// git answers what git knows of a path. Without git, or outside of a
// repository, it is nil, and note says so.
func (d *desk) git(ctx context.Context) (ask envcheck.Git, note string) {
	if _, err := host.Find("git", d.w.Environ); err != nil {
		return nil, "git is not installed: what it tracks and ignores was not checked"
	}
	if d.gitSays(ctx, d.layout.Root, "rev-parse", "--is-inside-work-tree") != 0 {
		return nil, "this is no git repository: what git tracks and ignores was not checked"
	}
	return func(path string) (tracked, ignored, ok bool) {
		at := filepath.Dir(path) // which may be in a repository of its own, such as a submodule
		tracked = d.gitSays(ctx, at, "ls-files", "--error-unmatch", "--", path) == 0
		code := d.gitSays(ctx, at, "check-ignore", "-q", "--no-index", "--", path)
		return tracked, code == 0, code <= 1
	}, ""
}

// gitSays is the exit code of git in a directory; 128 is what git
// itself ends with where it cannot answer.
func (d *desk) gitSays(ctx context.Context, dir string, args ...string) int {
	argv := append([]string{"git", "-C", dir}, args...)
	err := local.Run(ctx, local.Command{Argv: argv, Dir: d.layout.Root, Env: d.w.Environ, Stdout: io.Discard, Stderr: io.Discard})
	var exit *local.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.Code
	}
	return 128
}
