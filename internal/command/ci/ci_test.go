package ci

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/failure"
	show "github.com/infinitescribe/spellbook/internal/report/tasks"
	"github.com/infinitescribe/spellbook/internal/task"
)

func of(name string, needs ...string) task.Task {
	return task.Task{Name: name, Needs: needs, Steps: []task.Step{{Func: func(context.Context, io.Writer) error { return nil }}}}
}

func TestTasksOfAMagefileTakeThePlaceOfOursAndJoinTheirSteps(t *testing.T) {
	t.Parallel()
	found := []task.Task{of("check:compose"), of("install:pnpm"), of("lint:pnpm", "install:pnpm"), of("unit:pnpm"), of("build:images"), of("plan:dev")}
	for name, c := range map[string]struct {
		defined []task.Task
		runs    string
		not     string
	}{
		"ours alone":        {nil, "check:compose check install:pnpm lint:pnpm lint unit:pnpm unit build:images build plan:dev plan", ""},
		"one more of lint":  {[]task.Task{of("lint:docs"), of("deploy")}, "lint:pnpm lint:docs lint", "deploy"},
		"one in the place":  {[]task.Task{of("unit:pnpm", "lint")}, "lint unit:pnpm unit", ""},
		"a whole step":      {[]task.Task{of("unit"), of("unit:other")}, "unit", "unit:pnpm unit:other"},
		"a ci of their own": {[]task.Task{of("mine"), of("ci", "mine", "lint")}, "mine lint:pnpm lint ci plan:dev plan", "unit build"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &steps{tasks: slices.Clone(found)}
			g, err := s.graph(t.Context(), Options{Tasks: c.defined})
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, one := range g.Tasks() {
				names = append(names, one.Name)
			}
			for _, want := range strings.Fields(c.runs) {
				if !slices.Contains(names, want) {
					t.Errorf("%s does not run: %q", want, names)
				}
			}
			for _, never := range strings.Fields(c.not) {
				if slices.Contains(names, never) {
					t.Errorf("%s runs: %q", never, names)
				}
			}
			if plan, ok := g.Find("plan:dev"); ok && name == "ours alone" && !slices.Contains(plan.Needs, "check") {
				t.Errorf("plan:dev needs %q", plan.Needs)
			}
		})
	}
}

// shop is a Python project; a test of it fails.
func shop(t *testing.T) *commandtest.Repository {
	t.Helper()
	r := commandtest.NewRepository(t)
	if err := os.RemoveAll(filepath.Join(r.Dir, "compose")); err != nil {
		t.Fatal(err)
	}
	r.Env = append(r.Env, "PATH="+os.Getenv("PATH"), "HOME="+t.TempDir())
	r.Write("services/shop/setup.cfg", "[metadata]\nname = shop\n")
	r.Write("services/shop/shop.py", "def total(prices):\n    return sum(prices)\n")
	r.Write("services/shop/test_shop.py", "from shop import total\n\n\ndef test_total():\n    assert total([1, 2]) == 4\n")
	return r
}

// python is the interpreter that has pytest: Debian's.
func python(t *testing.T, r *commandtest.Repository) {
	t.Helper()
	bin := t.TempDir()
	if err := os.Symlink("/usr/bin/python3", filepath.Join(bin, "python3")); err != nil {
		t.Fatal(err)
	}
	r.Env = append(r.Env, "PATH="+bin+":/usr/bin:/bin")
}

func TestCISaysWhatIsWrongWhereAndSkipsWhatHasNotChanged(t *testing.T) {
	t.Parallel()
	r := shop(t)
	python(t, r)
	summary := filepath.Join(t.TempDir(), "summary.md")
	call := func(o Options) commandtest.Target {
		return func(ctx context.Context, w *app.Run) error { return Run(ctx, w, o) }
	}
	only := Options{Only: []string{"unit"}}
	r.Env = append(r.Env, "GITHUB_ACTIONS=true", "GITHUB_STEP_SUMMARY="+summary)
	failed := r.Run(call(only)).Want(t, failure.Unexpected, "task unit:python:services/shop failed", "mage ci -only=unit:python:services/shop")
	const annotation = "::error file=services/shop/test_shop.py,line=5,title=unit%3Apython%3Aservices/shop::test_total: assert 3 == 4"
	if !strings.Contains(failed.Err, annotation) {
		t.Errorf("no annotation in\n%s", failed.Err)
	}
	for path, want := range map[string]string{
		summary: "✖ failed",
		filepath.Join(r.Dir, ".spellbook/ci/junit.xml"): `<testcase classname="test_shop.py" name="test_total" file="services/shop/test_shop.py" line="5"`,
		filepath.Join(r.Dir, ".spellbook/ci/run.json"):  `"services/shop/test_shop.py"`,
	} {
		if text, err := os.ReadFile(path); err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s: %v, no %q in\n%s", path, err, want, text)
		}
	}
	r.Write("services/shop/shop.py", "def total(prices):\n    return sum(prices) + 1\n")
	r.Run(call(only)).Want(t, failure.OK)
	only.JSON = true
	var d show.Document
	if again := r.Run(call(only)).Want(t, failure.OK); json.Unmarshal([]byte(again.Out), &d) != nil || len(d.Tasks) != 1 || d.Tasks[0].Outcome != task.Cached || d.Tasks[0].Tests.Passed != 1 {
		t.Errorf("the third run says\n%s", again.Out)
	}
	if only.Force = true; strings.Contains(r.Run(call(only)).Want(t, failure.OK).Out, `"cached"`) {
		t.Error("-force took a result that was kept")
	}
}

// committed is a repository of git's with one commit, of the given files.
func committed(t *testing.T, r *commandtest.Repository, files ...string) {
	t.Helper()
	initialized(t, r)
	for _, args := range [][]string{append([]string{"add"}, files...), {"commit", "-qm", "first"}} {
		cmd := exec.CommandContext(t.Context(), "git", append([]string{"-C", r.Dir, "-c", "user.name=a", "-c", "user.email=a@example.com"}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
}

// The tasks that install packages declare no inputs: they alone make nothing affected.
func TestAffectedStepsAreThoseThatAChangeTouches(t *testing.T) {
	t.Parallel()
	r := shop(t)
	r.Write("web/package.json", `{"scripts": {"test": "true"}}`)
	committed(t, r, "services", "web")
	affected := func(want ...string) {
		t.Helper()
		head := "HEAD"
		r.Run(func(ctx context.Context, w *app.Run) error {
			s, err := look(ctx, w, Options{})
			if err != nil {
				return err
			}
			g, err := s.graph(ctx, Options{Only: []string{"unit"}, Affected: &head})
			if err != nil {
				return err
			}
			var names []string
			for _, one := range g.Tasks() {
				names = append(names, one.Name)
			}
			if !slices.Equal(names, want) {
				t.Errorf("affected are %q, want %q", names, want)
			}
			return nil
		}).Want(t, failure.OK)
	}
	affected()
	r.Write("web/untracked.js", "")
	affected("install:npm:web", "unit:npm:web", "unit")
	r.Write("services/shop/shop.py", "")
	affected("install:npm:web", "unit:npm:web", "unit:python:services/shop", "unit")
}

func TestThatNothingIsAffectedIsSaidWhereverTheRunIsRead(t *testing.T) {
	t.Parallel()
	r := shop(t)
	committed(t, r, "services")
	summary := filepath.Join(t.TempDir(), "summary.md")
	r.Env = append(r.Env, "GITHUB_STEP_SUMMARY="+summary)
	head := "HEAD"
	r.Run(func(ctx context.Context, w *app.Run) error {
		return Run(ctx, w, Options{Only: []string{"unit"}, Affected: &head})
	}).Want(t, failure.OK, "no task is affected by the changes since HEAD", "nothing to run")
	if text, err := os.ReadFile(summary); err != nil || !strings.HasPrefix(string(text), "### ci: nothing to run in ") || strings.Contains(string(text), "|") {
		t.Errorf("the summary is %v\n%s", err, text)
	}
}

// What a file that cannot be read keeps from being known makes results doubtful and all
// tasks affected: it is one warning, also of several lines of that file.
func TestABrokenWorkspaceIsToldOnceWithAllThatFollowsFromIt(t *testing.T) {
	t.Parallel()
	r := shop(t)
	r.Env = append(r.Env, "GOFLAGS=", "GOWORK=", "GOTOOLCHAIN=local")
	r.Write("go.mod", "module example.com/m\n\ngo 1.24\n")
	r.Write("go.work", "go 1.24\nuse .\nnew x\n")
	committed(t, r, "go.mod", "go.work", "services")
	r.Write("lib/lib.go", "package lib\n")
	head := "HEAD"
	said := r.Run(func(ctx context.Context, w *app.Run) error {
		s, err := look(ctx, w, Options{})
		if err == nil {
			_, err = s.graph(ctx, Options{Only: []string{"unit"}, Affected: &head})
		}
		return err
	}).Want(t, failure.OK, "warning: go.work:3: unknown directive: new: ", "runs each time; all tasks count as affected\n")
	if n := strings.Count(said.Err, "warning:"); n != 1 {
		t.Errorf("%d warnings:\n%s", n, said)
	}
}

// Without the environment there is no such step to run again.
func TestAPlanThatFailsIsRunAgainForItsEnvironment(t *testing.T) {
	t.Parallel()
	commandtest.NewRepository(t).Run(func(ctx context.Context, w *app.Run) error {
		return Run(ctx, w, Options{Env: "local", Only: []string{"plan"}})
	}).
		Want(t, failure.Preflight, "DEPLOY_HOST is not set", "mage ci -env=local -only=plan:local")
}

func TestAMistakeOfTheCallIsOneBeforeAnythingRuns(t *testing.T) {
	t.Parallel()
	for want, o := range map[string]Options{
		"did you mean unit?":    {Only: []string{"unti"}},
		"-only is empty":        {Only: []string{""}},
		"-env=ENVIRONMENT":      {Only: []string{"plan"}},
		`did you mean "local"?`: {Env: "locla"},
		"-jobs=-1":              {Jobs: -1},
		"tasks need each":       {Tasks: []task.Task{of("lint:a", "lint:b"), of("lint:b", "lint:a")}},
		`needs "lint:nobody"`:   {Tasks: []task.Task{of("lint:a", "lint:nobody")}},
	} {
		r := shop(t)
		r.Run(func(ctx context.Context, w *app.Run) error { return Run(ctx, w, o) }).Want(t, failure.Usage, want)
		if r.Exists(".spellbook/ci/run.json") {
			t.Errorf("%s: something ran", want)
		}
	}
}

// Integration tests have a step of their own, with a stack: unit tests have none. pytest exits
// with 5 where it has run no test.
func TestUnitTestsOfAProjectWhoseTestsAreAllMarkedAsIntegrationPassAndLostOnesDoNot(t *testing.T) {
	t.Parallel()
	r := shop(t)
	python(t, r)
	r.Write("services/shop/pytest.ini", "[pytest]\nmarkers =\n    integration: needs the stack\n")
	unit := func(ctx context.Context, w *app.Run) error { return Run(ctx, w, Options{Only: []string{"unit"}}) }
	test := func(text string) {
		r.Write("services/shop/test_shop.py", "import pytest\n\n\n"+text)
	}
	test("@pytest.mark.integration\ndef test_stack():\n    assert False\n")
	r.Run(unit).Want(t, failure.OK, "1 deselected", "1 passed")
	test("@pytest.mark.integration\ndef test_stack():\n    assert False\n\n\ndef test_unit():\n    pass\n")
	if got := r.Run(unit).Want(t, failure.OK, "test_unit PASSED"); strings.Contains(got.Err+got.Out, "test_stack") {
		t.Errorf("an integration test is run:\n%s", got.Err)
	}
	test("def tset_unit():\n    pass\n")
	r.Run(unit).Want(t, 5, "no tests ran", "unit:python:services/shop failed")
}
