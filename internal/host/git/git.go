// Package git asks git about a directory. It imports host's local alone.
package git

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/host/local"
)

// CannotAnswer is the code that git itself ends with where it cannot answer,
// and that of a git that cannot be run.
const CannotAnswer = 128

// Ask is what git prints for arguments in a directory, and its exit code. A
// hook of git, in which this may run, sets variables that are of another
// directory: these are left out. It takes no lock that a git of the user's
// waits for.
func Ask(ctx context.Context, environ []string, dir string, args ...string) (text string, code int) {
	var out bytes.Buffer
	argv := append([]string{"git", "--no-optional-locks"}, args...)
	err := local.Run(ctx, local.Command{Argv: argv, Dir: dir, Env: anywhere(environ), Stdout: &out, Stderr: io.Discard})
	var exit *local.ExitError
	switch {
	case err == nil:
		return out.String(), 0
	case errors.As(err, &exit):
		return out.String(), exit.Code
	}
	return "", CannotAnswer
}

// Commit is the full hash that a directory's repository is at, "" where git cannot
// say, and whether there are changes that it has not.
func Commit(ctx context.Context, environ []string, dir string) (hash string, dirty bool) {
	head, code := Ask(ctx, environ, dir, "rev-parse", "HEAD")
	if code != 0 {
		return "", false
	}
	status, _ := Ask(ctx, environ, dir, "status", "--porcelain")
	return strings.TrimSpace(head), strings.TrimSpace(status) != ""
}

// anywhere is an environment without what ties git to one repository. Source:
// git rev-parse --local-env-vars.
func anywhere(environ []string) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		return slices.Contains([]string{"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY"}, name)
	})
}
