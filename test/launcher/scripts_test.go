package launcher_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// list is what the launcher prints for -l in this repository itself.
func list(t *testing.T) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "scripts/mage", "-l")
	cmd.Dir = projectRoot
	cmd.Env = append(os.Environ(), "SPELLBOOK_CACHE="+t.TempDir())
	stdout, stderr, code := outcome(cmd)
	if code != 0 {
		t.Fatalf("scripts/mage -l: exit %d\n%s", code, stderr)
	}
	return stdout
}

func TestPackageJSONHasOneScriptForEachTarget(t *testing.T) {
	t.Parallel()
	var manifest struct{ Scripts map[string]string }
	if err := json.Unmarshal([]byte(read(t, filepath.Join(projectRoot, "package.json"))), &manifest); err != nil {
		t.Fatal(err)
	}
	var targets []string
	for _, match := range regexp.MustCompile(`(?m)^  ([\w:]+)`).FindAllStringSubmatch(list(t), -1) {
		targets = append(targets, match[1])
		if got, want := manifest.Scripts[match[1]], "scripts/mage "+match[1]; got != want {
			t.Errorf("script %q is %q, want %q", match[1], got, want)
		}
	}
	if len(targets) == 0 {
		t.Error("no targets")
	}
	for script := range manifest.Scripts {
		if !slices.Contains(targets, script) {
			t.Errorf("script %q: no such target", script)
		}
	}
}

func TestTheLauncherListsWhatMageLists(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), "go", "tool", "mage", "-l")
	cmd.Dir = projectRoot
	stdout, stderr, code := outcome(cmd)
	if code != 0 {
		t.Fatalf("go tool mage -l: exit %d\n%s", code, stderr)
	}
	if got := list(t); got != stdout {
		t.Errorf("scripts/mage -l printed\n%s\ngo tool mage -l printed\n%s", got, stdout)
	}
}
