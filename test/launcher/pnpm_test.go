package launcher_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// builtIns are commands of pnpm 10 and 12, npm and Yarn 1 of one word: where a script has such a name, one of them
// runs the command instead, and which one differs by version.
var builtIns = strings.Fields(`access add adduser approve approve-builds approve-scripts audit autoclean bin bugs c cache
	cat-file cat-index change check ci clean clean-install completion config create dedupe deny-scripts deploy
	deprecate diff dislink dist-tag dist-tags dlx docs doctor edit env exec explain explore fetch find find-dupes find-hash
	fund generate-lock-entry get global help home i ic ignored-builds import info init install install-ci-test install-clean
	install-scripts install-test issues it la lane licences licenses link list ll ln login logout ls m multi node org
	outdated owner owners pack pack-app patch patch-commit patch-remove peers permissions ping pipeline pkg policies prefix
	profile prune publish purge query rb rebuild recursive remove repo restart rm root rt run run-script runtime s sbom se
	search self-update set set-script setup shim show shrinkwrap ss stage star stars start stop store t tag tasks team test
	token trust tst un undeprecate uni uninstall unlink unplug unpublish unstar up update upgrade upgrade-interactive v
	version versions view whoami why with workspace workspaces xmas yarn`)

// pnpmVersion is what npm installs, and keeps in its own cache. A lock file would name pnpm's binaries for all systems,
// which not every registry has; its own install script puts the right one in place.
const pnpmVersion = "pnpm@12.21.0"

// stub stands for scripts/mage, and tells of its call.
const stub = "#!/bin/sh\necho \"the launcher has run: $*\"\n"

func scriptsOfProject(t *testing.T) map[string]string {
	t.Helper()
	var manifest struct{ Scripts map[string]string }
	if err := json.Unmarshal([]byte(read(t, filepath.Join(projectRoot, "package.json"))), &manifest); err != nil {
		t.Fatal(err)
	}
	if len(manifest.Scripts) == 0 {
		t.Fatal("package.json has no scripts")
	}
	return manifest.Scripts
}

// secondName is the name of a script for those who leave out "run"; no command of a package manager has a colon.
func secondName(script string) string { return script + ":all" }

func TestNoScriptIsNamedLikeABuiltInWithoutASecondName(t *testing.T) {
	t.Parallel()
	scripts := scriptsOfProject(t)
	for script := range scripts {
		if _, ok := scripts[secondName(script)]; slices.Contains(builtIns, script) && !ok {
			t.Errorf("script %q is named like a command of a package manager, and there is no %q", script, secondName(script))
		}
	}
}

// pnpm ci removes node_modules, installs and ends with 0: a pipeline that calls it is green, and nothing was checked.
func TestPnpmRunsEveryScript(t *testing.T) {
	t.Parallel()
	pnpm, scripts := newPnpm(t), scriptsOfProject(t)
	for script, command := range scripts {
		target := strings.TrimPrefix(command, "scripts/mage ")
		if got := pnpm("run", script, "-dry", "-services=a,b"); !strings.Contains(got, "the launcher has run: "+target+" -dry -services=a,b\n") {
			t.Errorf("pnpm run %s did not run its target:\n%s", script, got)
		}
		if got := pnpm(script); strings.Contains(got, "the launcher has run: "+target+"\n") {
			continue
		}
		if _, ok := scripts[secondName(script)]; !ok {
			t.Errorf("pnpm %s is a command of pnpm, and there is no %s", script, secondName(script))
		}
	}
}

// newPnpm calls pnpm in a project with our package.json.
func newPnpm(t *testing.T) func(args ...string) string {
	t.Helper()
	r := &repository{t: t, root: t.TempDir()}
	tools, home := t.TempDir(), t.TempDir()
	r.succeed(exec.CommandContext(t.Context(), "npm", "install", "--prefix", tools, "--no-audit", "--no-fund", "--prefer-offline", pnpmVersion))
	r.write("package.json", read(t, filepath.Join(projectRoot, "package.json")))
	r.executable(filepath.Join(r.root, "scripts/mage"), stub)
	return func(args ...string) string {
		cmd := exec.CommandContext(t.Context(), filepath.Join(tools, "node_modules/.bin/pnpm"), args...)
		cmd.Dir, cmd.Env = r.root, append(os.Environ(), "HOME="+home, "CI=true")
		stdout, stderr, code := outcome(cmd)
		return fmt.Sprintf("%s%sexit %d\n", stdout, stderr, code)
	}
}

// told finds a call of a script by a package manager that leaves out "run".
var told = regexp.MustCompile(`(?:^|[^:\w])(?:(?:pnpm|yarn|bun) (?:[a-z]+:[a-z]+|ci|clean|bench)\b|npm [a-z]+:[a-z]+)`)

func TestDocumentsAndHintsSayPnpmRun(t *testing.T) {
	t.Parallel()
	files := 0
	err := fs.WalkDir(os.DirFS(projectRoot), ".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains([]string{".git", ".spellbook", "node_modules", "launcher"}, entry.Name()):
			return fs.SkipDir
		case !entry.Type().IsRegular() || !slices.Contains([]string{".md", ".go", ".json", ".sh", ".yml", ".yaml", ""}, filepath.Ext(path)):
			return nil
		}
		files++
		for number, line := range strings.Split(read(t, filepath.Join(projectRoot, path)), "\n") {
			if call := told.FindString(line); call != "" && !strings.Contains(line, "own command") {
				t.Errorf("%s:%d says %q: the script is called by run", path, number+1, call)
			}
		}
		return nil
	})
	if err != nil || files == 0 {
		t.Errorf("%d files, %v", files, err)
	}
}
