package task

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report/schematest"
	"github.com/infinitescribe/spellbook/internal/report/tasks"
	"github.com/infinitescribe/spellbook/internal/task"
)

func shell(name, script string, needs ...string) task.Task {
	return task.Task{Name: name, Needs: needs, Steps: []task.Step{{Argv: []string{"sh", "-c", script}}}}
}

func with(t task.Task, inputs ...string) task.Task {
	t.Inputs = inputs
	return t
}

func runCall(o RunOptions) commandtest.Target {
	return func(ctx context.Context, w *app.Run) error { return Run(ctx, w, o) }
}

var diamond = []task.Task{
	{Name: "ready", Help: "All that has to be well.", Needs: []string{"lint", "unit"}},
	with(shell("lint", "true", "gen"), "src/**"), shell("unit", "true", "gen"), shell("gen", "true"),
}

func TestTheListAndTheGraphSayWhatThereIs(t *testing.T) {
	t.Parallel()
	r := commandtest.NewRepository(t)
	r.Width = 200
	list := func(ctx context.Context, w *app.Run) error { return List(ctx, w, diamond, false) }
	const wantList = `TASK   DOES                      RUNS                      NEEDS
gen                              always                    
lint                             when its inputs change    gen
unit                             always                    gen
ready  All that has to be well.  stands for what it needs  lint, unit
`
	if got := r.Run(list).Want(t, failure.OK).Out; trimmed(got) != trimmed(wantList) {
		t.Errorf("got\n%s", got)
	}
	graph := func(ctx context.Context, w *app.Run) error { return Graph(ctx, w, diamond, false) }
	if got := r.Run(graph).Want(t, failure.OK).Out; got != "ready\n├─ lint\n│  └─ gen\n└─ unit\n   └─ gen\n" {
		t.Errorf("got\n%s", got)
	}
	asJSON := r.Run(func(ctx context.Context, w *app.Run) error { return Graph(ctx, w, diamond, true) }).Want(t, failure.OK)
	schematest.Validate(t, "tasks", []byte(asJSON.Out))
	doc := commandtest.Document[Document](t, asJSON)
	if len(doc.Tasks) != 4 || doc.Tasks[1].Name != "lint" || !slices.Equal(doc.Tasks[1].Needs, []string{"gen"}) {
		t.Errorf("got %+v", doc)
	}
}

func trimmed(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		lines = append(lines, strings.TrimRight(line, " \n"))
	}
	return strings.Join(lines, "\n")
}

// A task may need a step of mage ci, where it takes part; here the others are none the worse.
func TestATaskThatNeedsAStepOfCIIsRunByThat(t *testing.T) {
	t.Parallel()
	r := commandtest.NewRepository(t)
	r.Width = 200
	all := []task.Task{shell("hello", "echo hello"), shell("report", "touch ran", "integration"), {Name: "ci", Needs: []string{"check", "report"}}}
	r.Run(runCall(RunOptions{Tasks: all, Names: []string{"hello"}})).Want(t, failure.OK, "hello ✔ passed")
	for _, names := range [][]string{{"report"}, {"hello", "ci"}} {
		r.Run(runCall(RunOptions{Tasks: all, Names: names})).Want(t, failure.Usage, "it is a step of ci", "mage ci -only="+strings.Join(names, ","))
	}
	if r.Exists("ran") {
		t.Error("it ran without what it needs")
	}
	list := r.Run(func(ctx context.Context, w *app.Run) error { return List(ctx, w, all, false) }).Want(t, failure.OK, "report", "integration").Out
	if strings.Contains(list, "a step of ci") || strings.Count(list, "\n") != 4 {
		t.Errorf("got\n%s", list)
	}
	graph := r.Run(func(ctx context.Context, w *app.Run) error { return Graph(ctx, w, all, false) }).Want(t, failure.OK).Out
	if graph != "hello\nci\n├─ check\n└─ report\n   └─ integration\n" {
		t.Errorf("got\n%s", graph)
	}
	r.Run(runCall(RunOptions{Tasks: []task.Task{shell("a", "true", "integrations")}, Names: []string{"a"}})).Want(t, failure.Usage, `needs "integrations", which is not defined`)
}

func TestMistakesOfACallAreToldBeforeAnythingRuns(t *testing.T) {
	t.Parallel()
	r := commandtest.NewRepository(t)
	touch := shell("touch", "touch ran")
	for want, o := range map[string]RunOptions{
		`no task "deploy"`:        {Tasks: []task.Task{touch}, Names: []string{"touch", "deploy"}},
		"did you mean touch?":     {Tasks: []task.Task{touch}, Names: []string{"tuoch"}},
		"no task is named":        {Tasks: []task.Task{touch}, Names: []string{""}},
		"the magefile defines no": {Names: []string{"touch"}},
		"-jobs=-1 is negative":    {Tasks: []task.Task{touch}, Names: []string{"touch"}, Jobs: -1},
		"tasks need each other":   {Tasks: []task.Task{touch, shell("a", "true", "a")}, Names: []string{"touch"}},
		"-affected is empty":      {Tasks: []task.Task{touch}, Names: []string{"touch"}, Affected: new(string)},
	} {
		r.Run(runCall(o)).Want(t, failure.Usage, want)
		o.JSON = true
		got := r.Run(runCall(o)).Want(t, failure.Usage, want)
		schematest.Validate(t, "ci", []byte(got.Out))
	}
	if r.Exists("ran") {
		t.Error("a task has run")
	}
}

func TestARunHasTheCodeOfItsFirstFailureAndSaysWhatBecameOfEachTask(t *testing.T) {
	t.Parallel()
	r := commandtest.NewRepository(t)
	r.Write("src/a", "1")
	o := RunOptions{Tasks: []task.Task{with(shell("good", "echo fine"), "src/**"), shell("bad", "echo oops; exit 7", "good"), shell("after", "true", "bad")},
		Names: []string{"after"}, JSON: true, Explain: true}
	got := r.Run(runCall(o)).Want(t, 7, "oops")
	schematest.Validate(t, "ci", []byte(got.Out))
	doc := commandtest.Document[tasks.Document](t, got)
	outcomes := []task.Outcome{doc.Tasks[0].Outcome, doc.Tasks[1].Outcome, doc.Tasks[2].Outcome}
	if !slices.Equal(outcomes, []task.Outcome{task.Passed, task.Failed, task.Skipped}) || doc.Tasks[2].Cause != "bad" || doc.ExitCode != 7 {
		t.Errorf("got %+v", doc)
	}
	o.JSON = false
	r.Run(runCall(o)).Want(t, 7, "cached", "nothing has changed", "fine", "skipped", "bad failed")
	r.Write("src/a", "2")
	r.Run(runCall(o)).Want(t, 7, "input src/a has changed")
	o.Force = true
	r.Run(runCall(o)).Want(t, 7, "forced")
	if text := r.Read(".spellbook/cache/.gitignore"); text != "*\n" {
		t.Errorf("git would see the cache: %q", text)
	}
}

func TestAFailureIsToldWhereTheCacheCannotBeWrittenEither(t *testing.T) {
	t.Parallel()
	r := commandtest.NewRepository(t)
	r.Write("src/a", "1")
	o := RunOptions{Tasks: []task.Task{with(shell("bad", "mkdir -p .spellbook/cache/index/x; cat src/a; exit 7"), "src/**"), with(shell("good", "true"), "src/**")}, Names: []string{"good", "bad"}, KeepGoing: true}
	r.Run(runCall(o)).Want(t, 7, "task bad failed")
}

func TestASignalEndsTheTasksWithItsCode(t *testing.T) {
	t.Parallel()
	r := commandtest.NewRepository(t)
	signals := make(chan os.Signal, 1)
	r.Signals = signals
	slow := task.Task{Name: "slow", Steps: []task.Step{{Argv: []string{"sh", "-c", "sleep 300 & echo $! > child; kill -0 $!"}}, {Func: func(ctx context.Context, _ io.Writer) error {
		signals <- syscall.SIGTERM
		<-ctx.Done()
		return ctx.Err()
	}}}}
	r.Run(runCall(RunOptions{Tasks: []task.Task{slow, shell("after", "touch ran", "slow")}, Names: []string{"after"}})).
		Want(t, failure.Terminated, "canceled", "not run")
	if r.Exists("ran") {
		t.Error("a task has run after the signal")
	}
}

func TestOnlyWhatAChangeTouchesRuns(t *testing.T) {
	t.Parallel()
	r := commandtest.NewRepository(t)
	git := func(args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "git", append([]string{"-c", "user.name=a", "-c", "user.email=a@example.com"}, args...)...)
		cmd.Dir = r.Dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	r.Env = append(r.Env, "GOFLAGS=-mod=mod", "GOCACHE="+filepath.Join(t.TempDir(), "go"))
	for name, text := range map[string]string{
		"go.mod": "module example.com/m\n\ngo 1.24\n", "lib/lib.go": "package lib\n", "cmd/main.go": "package main\n\nimport _ \"example.com/m/lib\"\n\nfunc main() {}\n", "alone/alone.go": "package alone\n",
		"web/ui/package.json": `{"name": "ui"}`, "web/site/package.json": `{"name": "site", "dependencies": {"ui": "workspace:*"}}`, "web/site/index.js": "", "web/ui/ui.js": "x",
		"base/Dockerfile": "FROM scratch\n", "page/Dockerfile": "FROM base\n", "docs/a.md": "",
		"compose/docker-compose.yml": "name: demo\nservices:\n  base: {build: ../base}\n  page: {build: {context: ../page, additional_contexts: {base: 'service:base'}}}\n  broker: {image: broker, depends_on: [base]}\n  late: {build: ../late, depends_on: [broker]}\n",
		"late/Dockerfile":            "FROM scratch\n", "run.go": "package m\n", "tasks.go": "//go:build mage\n\npackage main\n",
	} {
		r.Write(name, text)
	}
	if err := errors.Join(os.MkdirAll(filepath.Join(r.Dir, "late"), 0o755), os.Symlink("../docs/b.md", filepath.Join(r.Dir, "late/notes"))); err != nil {
		t.Fatal(err)
	}
	tasks := []task.Task{
		with(shell("cmd", "true"), "cmd/**"), with(shell("alone", "true"), "alone/*.go"), with(shell("site", "true"), "web/site/**"),
		with(shell("page", "true"), "page"), with(shell("late", "true"), "late"), with(shell("docs", "true"), "docs/**/*.md", "!docs/b*"), shell("report", "true", "docs"), shell("free", "true"),
		{Name: "all", Needs: []string{"cmd", "alone", "site", "page", "late", "report", "free"}},
	}
	const every = "docs cmd alone site page late report free all"
	git("init", "-q", "-b", "main")
	git("add", "-A")
	git("commit", "-q", "-m", "one")
	for change, want := range map[string]string{
		"docs/new.md": "docs report free all", "docs/b.md": "late report free all", "lib/lib.go": "cmd report free all", "alone/x_test.go": "alone report free all",
		"web/ui/ui.js": "site report free all", "base/file": "page late report free all", "run.go": "report free all",
		"magefiles/x.go": every, "tasks.go": every, "go.sum": every,
	} {
		before := ""
		if r.Exists(change) {
			before = r.Read(change)
		}
		r.Write(change, before+"\n") // untracked, or not committed
		g, err := task.New(tasks)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		out := r.Run(func(ctx context.Context, w *app.Run) error {
			got, _, err = Affected(ctx, w, g, "main")
			return err
		})
		if slices.Sort(got); out.Failed != nil || !slices.Equal(got, slices.Sorted(slices.Values(strings.Fields(want)))) {
			t.Errorf("%s: got %v, want %v %v", change, got, want, out)
		}
		r.Remove(change)
		if before != "" {
			r.Write(change, before)
		}
	}
	main := "main"
	r.Env = append(r.Env, "GOFLAGS=") // -mod=mod is none for a workspace
	for said, broken := range map[string]map[string]string{
		"docker-compose.yml":                {"compose/docker-compose.yml": "services: ["},
		"go.mod:1":                          {"bad/go.mod": "services: [", "bad/x.go": ""},
		"go.work:3: unknown directive: new": {"go.work": "go 1.24\nuse .\nnew x\n", "bad/x.go": ""},
	} {
		for name, text := range broken {
			r.Write(name, text)
		}
		r.Run(runCall(RunOptions{Tasks: tasks, Names: []string{"all"}, Affected: &main})).Want(t, failure.OK, "warning: all tasks count as affected: ", said, "site")
		git("reset", "-q", "--hard")
		git("clean", "-fdq")
	}
	git("rm", "-q", "docs/a.md")
	r.Run(runCall(RunOptions{Tasks: tasks, Names: []string{"docs", "cmd"}, Affected: &main})).Want(t, failure.OK, "docs", "1 passed")
	if text := r.Run(runCall(RunOptions{Tasks: tasks, Names: []string{"all"}, Affected: &main})).Want(t, failure.OK, "report").String(); strings.Contains(text, "site") {
		t.Errorf("what nothing touches has run:\n%s", text)
	}
	git("reset", "-q", "--hard")
	r.Run(runCall(RunOptions{Tasks: tasks, Names: []string{"docs", "cmd"}, Affected: &main})).Want(t, failure.OK, "no task is affected by the changes since main")
}
