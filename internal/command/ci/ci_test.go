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

// The tasks that install packages declare no inputs: they alone make nothing affected.
func TestAffectedStepsAreThoseThatAChangeTouches(t *testing.T) {
	t.Parallel()
	r := shop(t)
	r.Write("web/package.json", `{"scripts": {"test": "true"}}`)
	git := func(args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "git", append([]string{"-c", "user.name=a", "-c", "user.email=a@example.com"}, args...)...)
		cmd.Dir = r.Dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	git("init", "-q")
	git("add", "services", "web")
	git("commit", "-qm", "first")
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

func TestAMistakeOfTheCallIsOneBeforeAnythingRuns(t *testing.T) {
	t.Parallel()
	for want, o := range map[string]Options{
		"did you mean unit?":  {Only: []string{"unti"}},
		"-only is empty":      {Only: []string{""}},
		"-jobs=-1":            {Jobs: -1},
		"tasks need each":     {Tasks: []task.Task{of("lint:a", "lint:b"), of("lint:b", "lint:a")}},
		`needs "lint:nobody"`: {Tasks: []task.Task{of("lint:a", "lint:nobody")}},
	} {
		r := shop(t)
		r.Run(func(ctx context.Context, w *app.Run) error { return Run(ctx, w, o) }).Want(t, failure.Usage, want)
		if r.Exists(".spellbook/ci/run.json") {
			t.Errorf("%s: something ran", want)
		}
	}
}
