package task

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/task"
)

// gitIn runs git in a directory.
func gitIn(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", append([]string{"-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "protocol.file.allow=always"}, args...)...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// affectedBy are the tasks that what is not committed touches.
func affectedBy(t *testing.T, r *commandtest.Repository, tasks []task.Task) string {
	t.Helper()
	g, err := task.New(tasks)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	var doubt error
	out := r.Run(func(ctx context.Context, w *app.Run) error {
		got, doubt, err = Affected(ctx, w, g, "main")
		return err
	})
	if out.Failed != nil || doubt != nil {
		t.Errorf("%v, in doubt for %v: %s", out.Failed, doubt, out)
	}
	slices.Sort(got)
	return strings.Join(got, " ")
}

func TestAChangeReachesAllThatDependsOnItByWhateverWay(t *testing.T) {
	t.Parallel()
	r := commandtest.NewRepository(t)
	r.Env = append(r.Env, "GOFLAGS=-mod=mod", "GOWORK=off", "GOCACHE="+filepath.Join(t.TempDir(), "go"))
	for name, text := range map[string]string{
		"srv/go.mod": "module example.com/m\n\ngo 1.24\n", "srv/cmd/main.go": "package main\n\nimport _ \"example.com/m/page\"\n\nfunc main() {}\n",
		"srv/page/page.go": "package page\n\nimport _ \"embed\"\n\n//go:embed html \"a b.txt\"\nvar _ string\n", "srv/page/html/deep/x.tmpl": "x", "srv/page/a b.txt": "", "srv/page/README.md": "",
		"srv/c/c.go": "package c\n", "srv/c/c.h": "", "srv/usesc/u.go": "package usesc\n\nimport _ \"example.com/m/c\"\n",
		"srv/gone/gone.go": "package gone\n", "srv/tagged/it_test.go": "//go:build integration\n\npackage tagged\n\nimport _ \"example.com/m/gone\"\n",
		"magefile.go": "//go:build mage\n\npackage main\n\nimport _ \"example.com/root/ci\"\n", "ci/ci.go": "package ci\n", "go.mod": "module example.com/root\n\ngo 1.24\n", "plain/plain.go": "package plain\n",
		"pnpm-workspace.yaml": "packages: ['web/*']\ncatalog: {}\n", "web/ui/package.json": `{"name": "ui"}`, "web/ui/ui.js": "", "web/nameless/package.json": `{"dependencies": {"ui": "workspace:*"}}`,
		"web/alias/package.json": `{"name": "alias", "dependencies": {"u": "workspace:ui@*"}}`,
		"app/package.json":       `{"name": "app", "dependencies": {"part": "*"}}`, "app/src/main.js": "", "app/parts/part/package.json": `{"name": "part"}`, "app/parts/part/x.js": "",
		"compose/docker-compose.yml": "name: demo\nservices:\n  api: {build: {context: ../api, dockerfile: ../docker/api.Dockerfile, additional_contexts: {shared: ../shared, base: 'docker-image://alpine'}}}\n",
		"package.json":               `{"name": "root", "dependencies": {"part": "*"}}`, "main/x.js": "",
		"api/main.py": "", "shared/lib.py": "", "docker/api.Dockerfile": "FROM scratch\n", "scripts/check.sh": "", "tools/gen": "",
	} {
		r.Write(name, text)
	}
	run := func(name, program string, inputs ...string) task.Task {
		return task.Task{Name: name, Inputs: inputs, Steps: []task.Step{{Argv: []string{program}}}}
	}
	tasks := []task.Task{
		run("cmd", "true", "srv/cmd/*.go"), run("usesc", "true", "srv/usesc/**"), run("tagged", "true", "srv/tagged/**"), run("nameless", "true", "web/nameless/**"), run("alias", "true", "web/alias/**"),
		run("app", "true", "app/src/*.js"), run("api", "true", "api/**"), run("script", "scripts/check.sh", "docs/**"), run("within", "./check.sh", "docs/**"), run("gen", "true", "docs/**"), run("root", "true", "main/*.js"),
	}
	tasks[8].Dir, tasks[9].Programs = "scripts", []string{"tools/gen"}
	const every = "alias api app cmd gen nameless root script tagged usesc within"
	gitIn(t, r.Dir, "init", "-q", "-b", "main")
	gitIn(t, r.Dir, "add", "-A")
	gitIn(t, r.Dir, "commit", "-q", "-m", "one")
	for change, want := range map[string]string{
		"srv/page/html/deep/x.tmpl": "cmd", "srv/page/a b.txt": "cmd", "srv/page/README.md": "", "srv/c/c.h": "usesc", "srv/gone/gone.go": "tagged", "srv/go.mod": "cmd tagged usesc",
		"srv/go.sum": "cmd tagged usesc", "ci/ci.go": every, "plain/plain.go": "", "go.work": every, "go.work.sum": every,
		"web/ui/ui.js": "alias nameless", "pnpm-workspace.yaml": "alias app nameless root", "pnpm-lock.yaml": "alias app nameless root", "app/parts/part/x.js": "app root",
		"shared/lib.py": "api", "docker/api.Dockerfile": "api", "docker/other": "",
		"scripts/check.sh": "script within", "tools/gen": "gen", "tools/other": "",
	} {
		if r.Exists(change) && change != "srv/go.mod" && change != "pnpm-workspace.yaml" { // to remove it is a change, too
			r.Remove(change)
			if got := affectedBy(t, r, tasks); got != want {
				t.Errorf("without %s: got %q, want %q", change, got, want)
			}
			gitIn(t, r.Dir, "checkout", "-q", "--", change)
		}
		text := ""
		if r.Exists(change) {
			text = r.Read(change)
		}
		r.Write(change, text+"\n")
		if got := affectedBy(t, r, tasks); got != want {
			t.Errorf("%s: got %q, want %q", change, got, want)
		}
		gitIn(t, r.Dir, "reset", "-q", "--hard")
		gitIn(t, r.Dir, "clean", "-fdq")
	}
}

func TestAChangeWithinASubmoduleIsOneOfItsFiles(t *testing.T) {
	t.Parallel()
	r, other := commandtest.NewRepository(t), t.TempDir()
	gitIn(t, other, "init", "-q", "-b", "main")
	if err := os.MkdirAll(filepath.Join(other, "src"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"src/a.c", "go.mod"} {
		if err := os.WriteFile(filepath.Join(other, name), []byte("module example.com/sub\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	gitIn(t, other, "add", "-A")
	gitIn(t, other, "commit", "-q", "-m", "one")
	gitIn(t, r.Dir, "init", "-q", "-b", "main")
	gitIn(t, r.Dir, "submodule", "--quiet", "add", other, "third/sub")
	r.Write("own/file", "")
	gitIn(t, r.Dir, "config", "diff.ignoreSubmodules", "all")
	gitIn(t, r.Dir, "add", "-A")
	gitIn(t, r.Dir, "commit", "-q", "-m", "one")
	one := func(name string, inputs ...string) task.Task { return with(shell(name, "true"), inputs...) }
	tasks := []task.Task{one("glob", "third/**/*.c"), one("file", "third/sub/src/a.c"), one("whole", "third"), one("deeper", "third/sub/src"), one("own", "own/**"), one("without", "third/**", "!third/sub")}
	if got := affectedBy(t, r, tasks); got != "" {
		t.Errorf("nothing has changed, and %s is affected", got)
	}
	r.Write("third/sub/src/a.c", "changed")
	const want = "deeper file glob whole"
	if got := affectedBy(t, r, tasks); got != want {
		t.Errorf("not committed: got %q, want %q", got, want)
	}
	gitIn(t, filepath.Join(r.Dir, "third/sub"), "commit", "-q", "-a", "-m", "two")
	if got := affectedBy(t, r, tasks); got != want {
		t.Errorf("another commit: got %q, want %q", got, want)
	}
}
