package load

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/infinitescribe/spellbook/internal/envcheck"
	"github.com/infinitescribe/spellbook/internal/host"
	"github.com/infinitescribe/spellbook/internal/host/git"
)

// AskGit answers what git knows of a path. Without git, or outside of a
// repository, it is nil, and note says so.
func (d *EnvContext) AskGit(ctx context.Context) (ask envcheck.Git, note string) {
	if _, err := host.Find("git", d.Run.Environ); err != nil {
		return nil, "git is not installed: what it tracks and ignores was not checked"
	}
	if d.GitCode(ctx, d.Layout.Root, "rev-parse", "--is-inside-work-tree") != 0 {
		return nil, "this is no git repository: what git tracks and ignores was not checked"
	}
	return func(path string) (tracked, ignored, ok bool) {
		at := filepath.Dir(path) // which may be in a repository of its own, such as a submodule
		tracked = d.GitCode(ctx, at, "ls-files", "--error-unmatch", "--", path) == 0
		code := d.GitCode(ctx, at, "check-ignore", "-q", "--no-index", "--", path)
		return tracked, code == 0, code <= 1
	}, ""
}

// GitCode is the exit code of git in a directory.
func (d *EnvContext) GitCode(ctx context.Context, dir string, args ...string) int {
	_, code := git.Ask(ctx, d.Run.Environ, dir, args...)
	return code
}

// WarnOfGit names the files with secrets that a switch has left, and that git
// would take, with the lines that keep it from that. Without git it is silent.
func (d *EnvContext) WarnOfGit(ctx context.Context, paths ...string) {
	ask, _ := d.AskGit(ctx)
	if ask == nil {
		return
	}
	var lines []string
	for _, path := range paths {
		if _, ignored, known := ask(path); known && !ignored {
			lines = append(lines, d.ignoreLine(path))
		}
	}
	if len(lines) > 0 {
		d.Run.Tell("warning: git does not ignore what may hold secrets\n  → add to .gitignore: %s", strings.Join(lines, "  "))
	}
}

// ignoreLine is of the path, or of all backups where it is one.
func (d *EnvContext) ignoreLine(path string) string {
	line := "/" + d.Layout.Short(path)
	if name, _, isBackup := strings.Cut(line, ".backup-"); isBackup {
		return name + ".backup-*"
	}
	return line
}
