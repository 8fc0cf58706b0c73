package launcher_test

import (
	"os"
	"os/exec"
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

// everyPlugin is what has all commands of plugins listed.
const everyPlugin = "kafka,maildev,milvus,minio,prefect"

func projectCommand(t *testing.T, argv ...string) *exec.Cmd {
	cmd := exec.CommandContext(t.Context(), argv[0], argv[1:]...)
	cmd.Dir = projectRoot
	cmd.Env = append(os.Environ(), "SPELLBOOK_CACHE="+projectCache, "PLUGINS="+everyPlugin)
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
	targets := listed(inProject(t, "scripts/mage", "-l"))
	if len(targets) == 0 {
		t.Error("no targets")
	}
	for _, target := range targets {
		if _, ok := scripts[target]; !ok {
			t.Errorf("target %q has no script", target)
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

func TestTheLauncherListsWhatMageListsByNamespace(t *testing.T) {
	t.Parallel()
	text := inProject(t, "scripts/mage", "-l")
	got, want := listed(text), listed(inProject(t, "go", "tool", "mage", "-l"))
	slices.Sort(got)
	if slices.Sort(want); !slices.Equal(got, want) {
		t.Errorf("scripts/mage -l lists\n%q\ngo tool mage -l lists\n%q", got, want)
	}
	if !strings.Contains(text, "\ninfra\n  infra:config") || !strings.Contains(text, "\nkafka\n  kafka:create") {
		t.Errorf("no namespaces in\n%s", text)
	}
}

func TestTheListLeavesOutTheCommandsOfPluginsThatAreNotEnabled(t *testing.T) {
	t.Parallel()
	for plugins, hidden := range map[string]string{"": "kafka, maildev, milvus, minio, prefect", "kafka": "maildev, milvus, minio, prefect"} {
		cmd := projectCommand(t, "scripts/mage", "-l")
		cmd.Env = append(cmd.Env, "PLUGINS="+plugins)
		stdout, stderr, code := outcome(cmd)
		if code != 0 || !strings.Contains(stdout, "not enabled: "+hidden+".") || strings.Contains(stdout, "  kafka:") != (plugins != "") || strings.Contains(stdout, "  minio:") {
			t.Errorf("%q: exit %d\n%s%s", plugins, code, stdout, stderr)
		}
	}
}
