package cache

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/task"
)

// repository is one in which tasks run again and again, each time as a process of its
// own would.
type repository struct {
	*testing.T
	root  string
	env   []string
	tasks []task.Task
	o     Options
	lines []string
}

func newRepository(t *testing.T, files ...string) *repository {
	r := &repository{T: t, root: t.TempDir(), env: []string{"PATH=" + os.Getenv("PATH"), "HOME=/h"}}
	r.o = Options{Root: r.root, Dir: filepath.Join(r.root, ".spellbook", "cache")}
	for _, f := range files {
		name, text, _ := strings.Cut(f, "=")
		r.write(name, text)
	}
	return r
}

func (r *repository) write(name, text string) {
	r.Helper()
	path := filepath.Join(r.root, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
		r.Fatal(err)
	}
}

func (r *repository) read(name string) string {
	text, _ := os.ReadFile(filepath.Join(r.root, name))
	return string(text)
}

func (r *repository) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

// lines of output, by a Reporter.
func (r *repository) Started(string)         {}
func (r *repository) Line(name, text string) { r.lines = append(r.lines, name+": "+text) }
func (r *repository) Finished(task.Result)   {}

func (r *repository) run() map[string]task.Result {
	r.Helper()
	g, err := task.New(r.tasks)
	r.must(err)
	r.lines = nil
	got, err := task.Execute(r.Context(), g, task.Options{Root: r.root, Environ: r.env, Jobs: 1, Cache: Open(r.o), Reporter: r,
		Outputs: filepath.Join(r.o.Dir, "logs"), KeepGoing: true})
	r.must(err)
	out := map[string]task.Result{}
	for _, x := range got.Results {
		out[x.Task] = x
	}
	return out
}

// want runs, and compares what became of the one task with "outcome: reason".
func (r *repository) want(want string) task.Result {
	r.Helper()
	got := r.run()[r.tasks[len(r.tasks)-1].Name]
	text := string(got.Outcome) + ": " + got.Reason
	if got.Err != nil {
		text += ": " + got.Err.Error()
	}
	if !strings.HasPrefix(text, want) {
		r.Errorf("got %q, want %q", text, want)
	}
	return got
}

func shell(name, script string) task.Task {
	return task.Task{Name: name, Steps: []task.Step{{Argv: []string{"sh", "-c", script}}}, Inputs: []string{"src/**"}}
}

const unchanged = "cached: nothing has changed"

func TestATaskRunsAgainWhenAnInputHasChangedAndSaysWhich(t *testing.T) {
	t.Parallel()
	r := newRepository(t, "src/a=1", "src/b=1", "other=1")
	r.tasks = []task.Task{shell("t", "cat src/*")}
	r.want("passed: it has not run here")
	r.want(unchanged)
	r.write("other", "2")
	r.want(unchanged)
	r.write("src/a", "2")
	r.want("passed: input src/a has changed")
	r.write("src/c", "1")
	r.must(os.Remove(filepath.Join(r.root, "src/b")))
	r.want("passed: input src/b is gone, input src/c is new")
	r.must(os.Rename(filepath.Join(r.root, "src/c"), filepath.Join(r.root, "src/d")))
	r.want("passed: input src/c is gone, input src/d is new")
	r.must(os.Chtimes(filepath.Join(r.root, "src/d"), time.Now(), time.Now())) // touched, and the same
	r.want(unchanged)
	r.o.Force = true
	r.want("passed: forced")
	r.o.Force = false
	r.want(unchanged)
	r.tasks[0].Inputs = nil
	r.want("passed: it declares no inputs")
}

// go-task calls a task with a changed command, or with other variables, up to date.
func TestAChangedCommandOrVariableIsNoticed(t *testing.T) {
	t.Parallel()
	r := newRepository(t, "src/a=1")
	r.tasks = []task.Task{shell("t", "true")}
	r.tasks[0].Env = []string{"MODE"}
	r.want("passed")
	r.tasks[0].Steps = shell("t", "true; true").Steps
	r.want("passed: command has changed")
	r.env = append(r.env, "MODE=x")
	r.want("passed: variable MODE is new")
	r.env = append(r.env, "MODE=y")
	r.want("passed: variable MODE has changed")
	r.tasks[0].Set = []string{"LEVEL=1"}
	r.want("passed: variable LEVEL is new")
	r.tasks[0].Dir = "src"
	r.want("passed: directory has changed")
	r.tasks[0].Dir = ""
	r.want("cached: nothing has changed since an earlier run")
	r.want(unchanged)
}

// turbo 2.11 passes CI, GITHUB_SHA and DOCKER_HOST to tasks, does not hash them, and
// brings back an output with an old commit id.
func TestAVariableIsEitherWithheldOrPartOfTheKey(t *testing.T) {
	t.Parallel()
	r := newRepository(t, "src/a=1")
	r.tasks = []task.Task{shell("t", `printf "$GITHUB_SHA$CI$DOCKER_HOST" > out`)}
	r.tasks[0].Outputs = []string{"out"}
	r.env = append(r.env, "GITHUB_SHA=old", "CI=1", "DOCKER_HOST=x")
	r.want("passed")
	if got := r.read("out"); got != "" {
		t.Errorf("the task sees %q", got)
	}
	r.tasks[0].Env = []string{"GITHUB_SHA"}
	r.want("passed: variable GITHUB_SHA is new")
	r.env = append(r.env, "GITHUB_SHA=new", "CI=2")
	r.want("passed: variable GITHUB_SHA has changed")
	if got := r.read("out"); got != "new" {
		t.Errorf("out is %q", got)
	}
}

// moon says "cached" over an output that was edited by hand; go-task hardly looks.
func TestOutputsArePutBackWhereTheyAreNotWhatTheRunMade(t *testing.T) {
	t.Parallel()
	r := newRepository(t, "src/a=1")
	r.tasks = []task.Task{shell("t", "mkdir -p dist/sub; cp src/a dist/sub/a; cp src/a dist/run; chmod 755 dist/run; ln -sf run dist/link; echo made")}
	r.tasks[0].Outputs = []string{"dist"}
	r.want("passed")
	r.want(unchanged)
	for name, spoil := range map[string]func(){
		"edited":                func() { r.write("dist/sub/a", "edited") },
		"removed":               func() { r.must(os.Remove(filepath.Join(r.root, "dist/run"))) },
		"mode":                  func() { r.must(os.Chmod(filepath.Join(r.root, "dist/run"), 0o644)) },
		"link":                  func() { r.must(os.Remove(filepath.Join(r.root, "dist/link"))) },
		"all":                   func() { r.must(os.RemoveAll(filepath.Join(r.root, "dist"))) },
		"a known file too many": func() { r.write("dist/more", "1") },
	} {
		spoil()
		r.want("cached: its outputs were put back")
		info, err := os.Stat(filepath.Join(r.root, "dist/link"))
		if err != nil || info.Mode() != 0o755 || r.read("dist/sub/a") != "1" || r.read("dist/more") != "" {
			t.Errorf("%s: %v, %v", name, info, err)
		}
		if !slices.Equal(r.lines, []string{"t: made"}) {
			t.Errorf("%s: the kept output is not shown: %q", name, r.lines)
		}
		r.want(unchanged)
	}
	r.write("dist/mine", "nobody could bring this back")
	r.want("passed: dist/mine is among its outputs, and no run made it")
	if r.read("dist/mine") == "" {
		t.Error("a file that no run made is gone")
	}
	r.write("src/a", "2")
	r.want("passed: input src/a has changed")
	r.write("src/a", "1")
	r.want("cached: its outputs were put back")
	if got := r.read("dist/sub/a"); got != "1" {
		t.Errorf("the other branch's output: %q", got)
	}
}

// None of five peers counts a file's mode.
func TestAFilesModeIsPartOfTheKey(t *testing.T) {
	t.Parallel()
	r := newRepository(t, "src/a=1")
	r.tasks = []task.Task{shell("t", "src/a || true")}
	r.want("passed")
	r.must(os.Chmod(filepath.Join(r.root, "src/a"), 0o755))
	r.want("passed: input src/a has another mode")
	r.want(unchanged)
}

// turbo misses content behind a link that leaves the package.
func TestALinkIsFollowedForItsContentAndItsTargetCounts(t *testing.T) {
	t.Parallel()
	r := newRepository(t, "src/a=1", "shared/x/file=1", "shared/one=1", "shared/two=1")
	r.must(errors.Join(os.Symlink("../shared/one", filepath.Join(r.root, "src/one")), os.Symlink("../shared/x", filepath.Join(r.root, "src/x")),
		os.Symlink("../src", filepath.Join(r.root, "src/self")), os.Symlink("nowhere", filepath.Join(r.root, "src/broken"))))
	r.tasks = []task.Task{shell("t", "true")}
	r.want("passed")
	r.want(unchanged)
	r.write("shared/one", "2")
	r.want("passed: input src/one has changed")
	r.write("shared/x/file", "2")
	r.want("passed: input src/x/file has changed")
	r.write("shared/two", "2") // as shared/one
	r.must(errors.Join(os.Remove(filepath.Join(r.root, "src/one")), os.Symlink("../shared/two", filepath.Join(r.root, "src/one"))))
	r.want("passed: input src/one has changed")
	r.want(unchanged)
}

// Go's test cache keeps "(cached)" for files outside of the module, and for those that a
// child process read.
func TestAFileThatAChildProcessReadsCountsWhereverItLies(t *testing.T) {
	t.Parallel()
	r := newRepository(t, "module/go.mod=module m", "data/table=1")
	r.tasks = []task.Task{{Name: "t", Dir: "module", Inputs: []string{"module/**", "data/*"}, Steps: []task.Step{{Argv: []string{"sh", "-c", "sh -c 'cat ../data/table'"}}}}}
	r.want("passed")
	r.want(unchanged)
	r.write("data/table", "2")
	r.want("passed: input data/table has changed")
	if !slices.Equal(r.lines, []string{"t: 2"}) {
		t.Errorf("got %q", r.lines)
	}
}

func TestAProgramOfAnotherVersionIsNoticed(t *testing.T) {
	t.Parallel()
	r := newRepository(t, "src/a=1", "bin/tool=#!/bin/sh\necho 1\n")
	r.must(os.Chmod(filepath.Join(r.root, "bin/tool"), 0o755))
	r.env[0] = "PATH=" + filepath.Join(r.root, "bin") + ":" + os.Getenv("PATH")
	r.tasks = []task.Task{{Name: "t", Inputs: []string{"src"}, Steps: []task.Step{{Argv: []string{"tool"}}}}}
	r.want("passed")
	r.want(unchanged)
	r.write("bin/tool", "#!/bin/sh\necho 2\n")
	r.want("passed: program tool has changed")
}

func TestWhatANeededTaskMakesIsAnInput(t *testing.T) {
	t.Parallel()
	r := newRepository(t, "src/a=1", "in=1")
	gen := task.Task{Name: "gen", Inputs: []string{"in"}, Outputs: []string{"gen.txt"}, Steps: []task.Step{{Argv: []string{"sh", "-c", "cut -c1 in > gen.txt"}}}}
	use := shell("use", "cat gen.txt")
	use.Needs = []string{"all"}
	r.tasks = []task.Task{gen, {Name: "all", Needs: []string{"gen"}}, use}
	r.want("passed")
	r.want(unchanged)
	r.write("in", "12") // gen runs, and makes the same
	if r.want(unchanged); r.run()["gen"].Outcome != task.Cached {
		t.Error("gen is not cached after it ran")
	}
	r.write("in", "2")
	r.want("passed: what all makes has changed")
}

func TestAFailureIsNeverKept(t *testing.T) {
	t.Parallel()
	r := newRepository(t, "src/a=1")
	r.tasks = []task.Task{shell("t", "grep 1 src/a")}
	r.want("passed")
	r.write("src/a", "2")
	r.want("failed: input src/a has changed")
	r.want("failed: input src/a has changed")
	r.write("src/a", "1")
	r.want(unchanged)
}

func TestWhatAStepWritesOutsideOfItsOutputsIsTold(t *testing.T) {
	t.Parallel()
	r := newRepository(t, "src/a=1", "other=1")
	r.tasks = []task.Task{shell("t", "echo 2 > other; mkdir -p dist .venv; echo 1 > dist/ok; echo 1 > .venv/x; echo 1 > extra")}
	r.tasks[0].Outputs = []string{"dist", "nothing/*"}
	r.tasks[0].Inputs = []string{"src", "srv/**"}
	<-time.After(2 * tick) // the files of the test are not the task's
	got := r.want("passed")
	want := []string{"no file matches its output nothing/*", "no file matches its input srv/**", "while it ran, extra, other were written, which no task declares as an output"}
	if !slices.Equal(got.Warnings, want) {
		t.Errorf("got %q, want %q", got.Warnings, want)
	}
	if got := r.want(unchanged); got.Warnings != nil {
		t.Errorf("it did not run: %q", got.Warnings)
	}
}

func TestAResultIsNotKeptWhereAnInputChangedMeanwhile(t *testing.T) {
	t.Parallel()
	r := newRepository(t, "src/a=1")
	r.tasks = []task.Task{shell("t", "echo $$ > src/a")}
	got := r.want("passed")
	if text := strings.Join(got.Warnings, "\n"); !strings.Contains(text, "its result is not kept, since while it ran input src/a has changed") {
		t.Errorf("got %q", text)
	}
	r.want("passed: it has not run here")
}

func TestExcludedFilesOwnOutputsAndHiddenDirectoriesAreNoInputs(t *testing.T) {
	t.Parallel()
	r := newRepository(t, "src/a.py=1", "src/x/b.py=1", "src/x/c.md=1", "src/dist/o=1", "src/node_modules/m=1", "src/gen/g.py=1")
	c := Open(r.o)
	for want, s := range map[string]*set{
		"src/a.py src/x/b.py":              newSet([]string{"src/**", "!**/*.md", "!src/gen"}, newSet([]string{"src/dist"}, nil)),
		"src/a.py":                         newSet([]string{"src/*.py"}, nil),
		"src/gen/g.py src/x/b.py":          newSet([]string{"./src/*/*.py"}, nil),
		"src/x/b.py src/x/c.md":            newSet([]string{"src/x/"}, nil),
		"src/node_modules/m":               newSet([]string{"src/node_modules/*"}, nil),
		"src/a.py src/dist/o":              newSet([]string{"*/{a.py,b.py}", "*/dist", "src/a.py"}, nil),
		"src/a.py src/gen/g.py src/x/b.py": newSet([]string{"**/*.py"}, nil),
		"":                                 newSet([]string{"nowhere/**", "src/a.py/x", "!src"}, nil),
		"src/a.py src/dist/o src/gen/g.py src/x/b.py src/x/c.md": newSet([]string{"."}, nil),
	} {
		files, _, err := c.tree.files(s, true)
		r.must(err)
		var got []string
		for _, f := range files {
			got = append(got, f.path)
			if !s.has(f.path) && want != "" {
				t.Errorf("%v finds %s and has it not", s, f.path)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
