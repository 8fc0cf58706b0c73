package ci

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/failure"
)

// initialized is a repository of git's.
func initialized(t *testing.T, r *commandtest.Repository) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "git", "-C", r.Dir, "init", "-q").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// clockTick is more than the step of the clock by which a file system tells times.
const clockTick = 50 * time.Millisecond

// That a build writes to dist is a guess, by what git ignores. One that writes elsewhere
// too is not called cached: what it wrote there would not be put back.
func TestABuildThatWritesElsewhereThanToDistRunsEachTime(t *testing.T) {
	t.Parallel()
	r := shop(t)
	r.Env = append(r.Env, "PATH="+filepath.Join(r.Dir, "bin")+":/usr/bin:/bin")
	r.Write(".gitignore", "dist/\nstatic/\n.cache/\n")
	r.Write("web/package.json", `{"scripts": {"build": "x"}}`)
	r.Write("bin/npm", "#!/bin/sh\n[ \"$1\" = run ] || exit 0\nmkdir -p dist .cache ../static\necho 1 >dist/app.js\ndate >.cache/at\n[ -e ../tidy ] || echo 1 >../static/app.js\n")
	if err := os.Chmod(filepath.Join(r.Dir, "bin/npm"), 0o755); err != nil {
		t.Fatal(err)
	}
	initialized(t, r)
	run := func(want string) {
		t.Helper()
		<-time.After(clockTick) // what the run before has written is not this one's
		r.Run(ciOf(Options{Only: []string{"build"}, Explain: true})).Want(t, failure.OK, want)
	}
	run("build:npm:web   ✔ passed after")
	r.Remove("static")
	run(": its last run wrote elsewhere than to its outputs")
	if r.Read("static/app.js") != "1\n" {
		t.Error("what it writes elsewhere is not there")
	}
	r.Write("tidy", "")
	run(": its last run wrote elsewhere than to its outputs")
	r.Remove("web/dist")
	run("build:npm:web   = cached: its outputs were put back")
}

// What a run has left that went well says nothing of one that could not begin.
func TestARunThatCannotBeginLeavesNoResultsOfAnother(t *testing.T) {
	t.Parallel()
	r := shop(t)
	r.Env = append(r.Env, "PATH="+filepath.Join(r.Dir, "bin")+":/usr/bin:/bin")
	r.Write("web/package.json", `{"scripts": {"lint": "x"}}`)
	r.Write("bin/npm", "#!/bin/sh\n")
	if err := os.Chmod(filepath.Join(r.Dir, "bin/npm"), 0o755); err != nil {
		t.Fatal(err)
	}
	lint := ciOf(Options{Only: []string{"lint"}})
	r.Run(lint).Want(t, failure.OK)
	if !r.Exists(".spellbook/ci/junit.xml") || !r.Exists(".spellbook/ci/run.json") {
		t.Fatal("there are no results")
	}
	r.Write("web/package.json", "{")
	r.Run(lint).Want(t, failure.Preflight, "web/package.json")
	for _, name := range []string{"junit.xml", "run.json"} {
		if r.Exists(".spellbook/ci/" + name) {
			t.Errorf("%s is that of the run before", name)
		}
	}
}

// A Go module around other projects: what their linters keep for themselves is none of its
// inputs, and what it embeds is one, though git ignores it.
func TestInputsOfAModuleAreWhatItEmbedsAndNoCachesWithinIt(t *testing.T) {
	t.Parallel()
	r := shop(t)
	r.Env = append(r.Env, "PATH="+filepath.Join(r.Dir, "bin")+":/usr/bin:/bin")
	r.Write(".gitignore", ".ruff_cache/\ndist/\nbuild/\n")
	r.Write("services/shop/ruff.toml", "")
	r.Write("go.mod", "module example.com/shop\n")
	r.Write("page.go", "package shop\n\nimport \"embed\"\n\n//go:embed all:dist/*.js\nvar page embed.FS\n")
	for name, text := range map[string]string{"ruff": "mkdir -p .ruff_cache; date +%N >.ruff_cache/at", "go": ":"} {
		r.Write("bin/"+name, "#!/bin/sh\n"+text+"\n")
		if err := os.Chmod(filepath.Join(r.Dir, "bin", name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	r.Write("dist/app.js", "1")
	r.Write("build/app", "1")
	initialized(t, r)
	lint := ciOf(Options{Only: []string{"lint:python:services/shop", "lint:go"}, Jobs: 1, Explain: true, KeepGoing: true})
	if text := r.Run(lint).Want(t, failure.OK, "lint:go                   ✔ passed").String(); strings.Contains(text, ".ruff_cache") {
		t.Errorf("nobody can declare what a linter keeps for itself:\n%s", text)
	}
	r.Write("services/shop/shop.py", "x = 1\n")
	r.Run(lint).Want(t, failure.OK)
	r.Run(ciOf(Options{Only: []string{"lint:python:services/shop"}, Force: true})).Want(t, failure.OK)
	r.Write("build/app", "2")
	r.Run(lint).Want(t, failure.OK, "lint:go                   = cached: nothing has changed")
	r.Write("dist/app.js", "2")
	r.Run(lint).Want(t, failure.OK, "input dist/app.js has changed")
}
