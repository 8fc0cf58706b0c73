package launcher_test

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// projectCache holds the binary of this repository's own targets, for all tests.
var projectCache string

func TestMain(m *testing.M) {
	var err error
	if projectCache, err = os.MkdirTemp("", "launcher-test-"); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(projectCache)
	os.Exit(code)
}

func projectCommand(t *testing.T, argv ...string) *exec.Cmd {
	cmd := exec.CommandContext(t.Context(), argv[0], argv[1:]...)
	cmd.Dir = projectRoot
	cmd.Env = append(os.Environ(), "SPELLBOOK_CACHE="+projectCache)
	return cmd
}

// inProject runs a command in this repository itself and returns its standard output.
func inProject(t *testing.T, argv ...string) string {
	t.Helper()
	stdout, stderr, code := outcome(projectCommand(t, argv...))
	if code != 0 {
		t.Fatalf("%q: exit %d\n%s", argv, code, stderr)
	}
	return stdout
}

// Aliases are not in mage's list; they may have a script. A target that is named like a command of pnpm has two.
func TestPackageJSONHasOneScriptForEachTarget(t *testing.T) {
	t.Parallel()
	scripts := scriptsOfProject(t)
	targets := regexp.MustCompile(`(?m)^  ([\w:]+)`).FindAllStringSubmatch(inProject(t, "scripts/mage", "-l"), -1)
	if len(targets) == 0 {
		t.Error("no targets")
	}
	for _, match := range targets {
		if _, ok := scripts[match[1]]; !ok {
			t.Errorf("target %q has no script", match[1])
		}
	}
	known := strings.Fields(inProject(t, "scripts/mage", "-autocomplete"))
	for script, command := range scripts {
		target := script
		if !slices.Contains(known, script) {
			target = strings.TrimSuffix(script, secondName(""))
		}
		if command != "scripts/mage "+target || !slices.Contains(known, strings.ToLower(target)) {
			t.Errorf("script %q runs %q, which is not the target of that name", script, command)
		}
	}
}

func TestTheLauncherListsWhatMageLists(t *testing.T) {
	t.Parallel()
	got, want := inProject(t, "scripts/mage", "-l"), inProject(t, "go", "tool", "mage", "-l")
	if got != want {
		t.Errorf("scripts/mage -l printed\n%s\ngo tool mage -l printed\n%s", got, want)
	}
}
