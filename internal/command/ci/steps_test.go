package ci

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	commands "github.com/infinitescribe/spellbook/internal/command/task"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/task"
)

// graphOf are the tasks of a repository.
func graphOf(t *testing.T, r *commandtest.Repository, o Options) (g *task.Graph) {
	t.Helper()
	r.Run(func(ctx context.Context, w *app.Run) error {
		s, err := look(ctx, w, o)
		if err == nil {
			g, err = s.graph(ctx, o)
		}
		return err
	}).Want(t, failure.OK)
	return g
}

// What is put back, or taken away, is what a build has made, and nothing that a program
// has written beside it.
func TestOutputsAreOfBuildsThatWriteThere(t *testing.T) {
	t.Parallel()
	r := shop(t)
	for name, text := range map[string]string{
		"go.mod":     "module example.com/shop\n",
		"main.go":    "package main\n",
		".gitignore": "dist/\nlogs/\ntmp/\ncoverage/\n.cache/\n!other/dist/\n",

		"web/package.json":   `{"scripts": {"build": "x"}}`,
		"other/package.json": `{"scripts": {"build": "x > ../api/static/app.js"}}`,
		"mine/package.json":  `{"scripts": {"build": "x"}}`,
		"base/package.json":  `{"scripts": {"build": "x"}}`,
		"some/package.json":  `{"scripts": {"build": "x"}}`,

		"yarn2/package.json": `{"workspaces": ["a", "b"], "scripts": {"build": "x"}}`, "yarn2/yarn.lock": "",
		"yarn2/a/package.json": `{"name": "c"}`,
		"yarn2/b/package.json": `{"name": "d"}`,
		"yarn/package.json":    `{"workspaces": ["a", "b"]}`, "yarn/yarn.lock": "",
		"yarn/a/package.json": `{"name": "a", "scripts": {"build": "x"}}`,
		"yarn/b/package.json": `{"name": "b", "scripts": {"build": "x"}}`,
	} {
		r.Write(name, text)
	}
	initialized(t, r)
	mine := of("bundle")
	mine.Outputs = []string{"mine/dist"}
	styles := of("styles")
	styles.Outputs = []string{"so?e/dist/*.css", "yarn2/a/dist/**"}
	after := of("banner", "build") // goes on from what the build has made
	after.Outputs = []string{"base/dist/banner.js"}
	g := graphOf(t, r, Options{Tasks: []task.Task{mine, styles, after}})
	for name, want := range map[string]struct {
		outputs string
		cached  bool
	}{
		"build:go": {"", true}, "build:npm:web": {"web/dist", true}, "build:npm:other": {"", false}, "build:npm:mine": {"", false},
		"build:npm:base": {"", false}, "build:npm:some": {"", false}, "build:yarn:yarn2": {"", false},
		"build:yarn:yarn/a": {"yarn/a/dist", true}, "build:yarn:yarn/b": {"yarn/b/dist", true},
	} {
		one, ok := g.Find(name)
		if got := strings.Join(one.Outputs, " "); !ok || got != want.outputs || len(one.Inputs) > 0 != want.cached {
			t.Errorf("%s (%t) makes %q of %q", name, ok, got, one.Inputs)
		}
	}
	if theirs, _ := g.Find("build:npm:mine"); len(theirs.Steps) > 0 || !slices.Equal(theirs.Needs, []string{"install:npm:mine", "bundle"}) {
		t.Errorf("the magefile's task has not its place: %+v", theirs)
	}
	for _, name := range []string{"build:npm:base", "build:npm:some", "build:yarn:yarn2"} { // which theirs goes on from, or writes some files beside
		if ours, _ := g.Find(name); len(ours.Steps) == 0 {
			t.Errorf("the build %s is gone: %+v", name, ours)
		}
	}
	if build, _ := g.Find("build:go"); !slices.Contains(build.Inputs, "!logs/**") {
		t.Errorf("build:go depends on logs: %q", build.Inputs)
	}
}

func TestPatternsThatMeetADirectory(t *testing.T) {
	t.Parallel()
	for pattern, want := range map[string]bool{"web/dist": true, "web": true, "{web/dist,x}": true, "web/dist/a/b.js": true, "*/dist/x": true, "**/*.js": true, ".": true,
		"web/dist2": false, "web/src/**": false, "*.css": false, "!web/dist": false, "dist": false} {
		if got := meet([]string{"web/dist"}, []string{pattern}); got != want {
			t.Errorf("%s: %t", pattern, got)
		}
	}
}

func TestOutputsThatCoverDirectories(t *testing.T) {
	t.Parallel()
	for patterns, want := range map[string]bool{"a/dist b/dist": true, "a b/dist/**": true, "./a/dist/ b": true,
		"a/dist": false, "**": false, ".": false, "a/dist b/dist/*.css": false, "a/dist !b/dist": false, "*/dist": false, "a/dist b/dist/x": false} {
		if got := cover(strings.Fields(patterns), []string{"a/dist", "b/dist"}); got != want {
			t.Errorf("%s: %t", patterns, got)
		}
	}
}

// A deployment that -env asks to plan is planned whatever the magefile's own ci needs.
func TestAPlanIsMadeBesideACiOfTheirOwn(t *testing.T) {
	t.Parallel()
	r := shop(t)
	r.Write("env/.env.prod", "DEPLOY_HOST=server\n")
	tasks := []task.Task{of("mine"), of("ci", "mine")}
	if g := graphOf(t, r, Options{Tasks: tasks, Env: "prod"}); !has(g, "plan:prod") || !has(g, "mine") {
		t.Errorf("with -env: %v", g.Tasks())
	}
	if g := graphOf(t, r, Options{Tasks: append(tasks, of("plan:other"))}); has(g, "plan:other") {
		t.Errorf("without -env: %v", g.Tasks())
	}
}

func TestTheComposeFilesAreCheckedWithWhatComposeWarnsOf(t *testing.T) {
	t.Parallel()
	r := commandtest.NewRepository(t)
	check := func(ctx context.Context, w *app.Run) error {
		return Run(ctx, w, Options{Only: []string{"check:compose"}})
	}
	r.Write("compose/docker-compose.yml", "services:\n  api: {image: \"api:${NOWHERE_SET}\"}\n")
	r.Run(check).Want(t, failure.OK, "1 service: api", "warning: ", "NOWHERE_SET")
	r.Write("compose/docker-compose.yml", "services:\n  api: {imag: api}\n")
	r.Run(check).Want(t, failure.Preflight, "compose/docker-compose.yml:2", "imag")
}

func has(g *task.Graph, name string) bool {
	_, ok := g.Find(name)
	return ok
}

func TestAFailedTaskCountsBeforeACacheThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	r := commandtest.NewRepository(t)
	if err := os.RemoveAll(filepath.Join(r.Dir, "compose")); err != nil {
		t.Fatal(err)
	}
	r.Write("input", "")
	r.Write(".spellbook/cache/index/file", "in a directory where a file should be\n")
	passing := of("lint:a")
	passing.Inputs = []string{"input"}
	failing := task.Task{Name: "lint:x", Needs: []string{"lint:a"}, Steps: []task.Step{{Func: func(context.Context, io.Writer) error { return errors.New("no") }}}}
	r.Run(func(ctx context.Context, w *app.Run) error {
		return Run(ctx, w, Options{Tasks: []task.Task{passing, failing}, Only: []string{"lint"}})
	}).
		Want(t, failure.Unexpected, "task lint:x failed: no", "mage ci -only=lint:x")
}

func TestOtherPackagesOrAnotherInterpreterRunTestsAgain(t *testing.T) {
	t.Parallel()
	r := shop(t)
	program := func(name, text string) {
		t.Helper()
		r.Write(name, "#!/bin/sh\n"+text+"\n")
		if err := os.Chmod(filepath.Join(r.Dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	r.Env = append(r.Env, "PATH="+filepath.Join(r.Dir, "bin")+":/usr/bin:/bin")
	r.Write("web/package.json", `{"scripts": {"test": "node --test"}}`)
	program("bin/npm", "")
	program("bin/node", "")
	program("services/shop/.venv/bin/python", "")
	run := func(want ...string) {
		t.Helper()
		r.Run(func(ctx context.Context, w *app.Run) error {
			return Run(ctx, w, Options{Only: []string{"unit"}, Explain: true, Jobs: 1})
		}).Want(t, failure.OK, want...)
	}
	const web, python = "unit:npm:web              = cached", "unit:python:services/shop = cached"
	run("3 passed") // with install:npm:web
	run(web, python)
	program("bin/node", "# another")
	run("program node has changed", python)
	r.Write("services/shop/.venv/lib/python3.13/site-packages/attrs-1.0.dist-info/RECORD", "attrs/__init__.py,,\n")
	run(web, "attrs-1.0.dist-info/RECORD is new")
	run(web, python)
}

// What task:run and task:list take for steps of ci are these.
func TestTheStepsAreThoseThatTasksMayNeed(t *testing.T) {
	t.Parallel()
	var names []string
	for _, step := range inOrder {
		names = append(names, step.Name)
	}
	if !slices.Equal(names, commands.Steps) {
		t.Errorf("got %q, want %q", commands.Steps, names)
	}
}
