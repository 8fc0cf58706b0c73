package git

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestGitAnswersForTheDirectoryThatIsAskedAbout(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "git", "init", "-q", dir).CombinedOutput(); err != nil {
		t.Fatalf("git init: %v\n%s", err, out)
	}
	environ := append(os.Environ(), "GIT_DIR=/nowhere", "GIT_WORK_TREE=/nowhere") // as in a hook of another repository
	text, code := Ask(t.Context(), environ, dir, "rev-parse", "--is-inside-work-tree")
	if code != 0 || strings.TrimSpace(text) != "true" {
		t.Errorf("got %q, code %d", text, code)
	}
	if _, code = Ask(t.Context(), environ, dir, "ls-files", "--error-unmatch", "--", "none"); code != 1 {
		t.Errorf("a file that is not there: code %d", code)
	}
	if _, code = Ask(t.Context(), environ, dir+"/none", "status"); code != CannotAnswer {
		t.Errorf("a directory that is not there: code %d", code)
	}
}
