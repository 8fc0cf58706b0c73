package launcher_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The script is found under both of its paths, from any directory, and passes flags and
// exit code on.
func TestTheDeployInfrastructureScriptIsATarget(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.CopyFS(filepath.Join(dir, "scripts/deploy"), os.DirFS("../../scripts/deploy")))
	const other = "scripts/deployment/deploy-infrastructure.sh"
	link, err := os.Readlink("../../" + other)
	must(err)
	must(os.Mkdir(filepath.Join(dir, "scripts/deployment"), 0o700))
	must(os.Symlink(link, filepath.Join(dir, other)))
	must(os.WriteFile(filepath.Join(dir, "scripts/mage"), []byte("#!/bin/sh\necho \"$@\"\nexit 7\n"), 0o700))
	for _, way := range []string{"deploy", "deployment"} {
		cmd := exec.CommandContext(t.Context(), filepath.Join(dir, "scripts", way, "deploy-infrastructure.sh"), "-dry", "-yes")
		cmd.Dir = t.TempDir()
		out, _ := cmd.Output()
		if got := string(out); got != "deploy:infra dev -dry -yes\n" || cmd.ProcessState.ExitCode() != 7 {
			t.Errorf("scripts/%s: exit code %d, %q", way, cmd.ProcessState.ExitCode(), got)
		}
	}
}
