package test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/manifest"
	"github.com/infinitescribe/spellbook/internal/outputs"
)

// projects is a repository with one of Node.js and one of Python. Their tests end with the
// codes that the files npm-code and python-code have.
func projects(t *testing.T) *commandtest.Repository {
	t.Helper()
	r := commandtest.NewRepository(t)
	r.Env = append(r.Env, "PATH="+filepath.Join(r.Dir, "bin")+":/usr/bin:/bin")
	r.Write("web/package.json", `{"scripts": {"test": "x", "coverage": "x"}}`)
	r.Write("api/setup.cfg", "[metadata]\nname = api\n")
	r.Write("api/test_api.py", "")
	for name, text := range map[string]string{
		"npm":     "if [ \"$1\" != run ]; then mkdir node_modules; echo \"$@\" >>../installs; exit 0; fi\necho \"npm ran $2\"\nread -r code <../npm-code\nexit $code",
		"python3": "echo \"test_api.py::test_api PASSED [100%]\"\nread -r code <../python-code\nexit $code",
	} {
		r.Write("bin/"+name, "#!/bin/sh\n"+text+"\n")
		if err := os.Chmod(filepath.Join(r.Dir, "bin", name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	r.Write("npm-code", "0\n")
	r.Write("python-code", "0\n")
	return r
}

func TestUnitTestsOfNodeAndPythonRunWithWhatTheyNeed(t *testing.T) {
	t.Parallel()
	r := projects(t)
	for range 2 {
		r.Run(Unit).Want(t, failure.OK, "npm ran test", "test_api.py::test_api PASSED", "1 test: 1 passed")
	}
	if got := r.Read("installs"); got != "install\n" {
		t.Errorf("packages were installed by %q", got)
	}
}

func TestAllProjectsRunAndTheCodeIsThatOfTheFirstThatFails(t *testing.T) {
	t.Parallel()
	r := projects(t)
	r.Write("npm-code", "4\n")
	r.Run(Unit).Want(t, 4, "test_api.py::test_api PASSED", "npm:web: npm exited with code 4")
	r.Write("python-code", "5\n")
	r.Run(Unit).Want(t, 4, "2 projects failed: npm:web, python:api")
	r.Write("npm-code", "0\n")
	r.Run(Unit).Want(t, 5, "python:api: python3 exited with code 5")
}

func TestAProgramThatIsNotThereIsAFailureLikeAnother(t *testing.T) {
	t.Parallel()
	r := projects(t)
	r.Env = append(r.Env, "PATH="+filepath.Join(r.Dir, "bin"))
	r.Remove("bin/npm")
	r.Run(Unit).Want(t, failure.Unexpected, "test_api.py::test_api PASSED", "npm:web: ", "1 test: 1 passed")
	r = projects(t)
	r.Env = append(r.Env, "PATH="+filepath.Join(r.Dir, "bin"))
	r.Write("npm-code", "4\n")
	r.Remove("bin/python3")
	r.Run(Unit).Want(t, 4, "2 projects failed: npm:web, python:api")
}

// What mage ci says of the manifests is as true of the tests alone.
func TestWhatTheManifestsLeaveOpenIsTold(t *testing.T) {
	t.Parallel()
	const warning = "warning: python:api: pytest's marker integration is declared and no test has it"
	for name, target := range map[string]func(ctx context.Context, w *app.Run) error{
		"test:unit":     Unit,
		"test:coverage": Coverage,
		"test:all":      func(ctx context.Context, w *app.Run) error { return All(ctx, w, IntegrationOptions{}) },
		"test:integration": func(ctx context.Context, w *app.Run) error {
			return Integration(ctx, w, IntegrationOptions{})
		},
	} {
		r := projects(t)
		r.Write("api/pytest.ini", "[pytest]\nmarkers = integration\n")
		if said := r.Run(target).String(); strings.Count(said, warning) != 1 {
			t.Errorf("%s said\n%s", name, said)
		}
	}
}

func TestACodeOfPytestThatMeansNoTestsIsSaidInWords(t *testing.T) {
	t.Parallel()
	r := projects(t)
	r.Write("python-code", "5\n")
	r.Run(Unit).Want(t, 5, "python:api: python3 exited with code 5", "it has run no test")
	r.Write("python-code", "4\n")
	if said := r.Run(Unit).String(); strings.Contains(said, "no test:") {
		t.Errorf("said\n%s", said)
	}
}

// Their lines name files as they are seen from where each runs.
func TestWhatEachProjectSaysOfItsTestsIsToldWithFilesOfTheRepository(t *testing.T) {
	t.Parallel()
	r := projects(t)
	r.Write("web/package.json", "{}")
	r.Write("python-code", "1\n")
	r.Write("bin/python3", "#!/bin/sh\necho 'test_api.py::test_api FAILED [100%]'\necho '=== FAILURES ==='\necho '___ test_api ___'\necho 'E   assert 1 == 2'\necho 'test_api.py:9: AssertionError'\nexit 1\n")
	var told []string
	r.Run(func(ctx context.Context, w *app.Run) error {
		found, err := read(w)
		if err != nil {
			return err
		}
		c := &commands{run: w, found: found, results: func(r outputs.Result) {
			for _, f := range r.Findings {
				told = append(told, fmt.Sprintf("%s:%d", f.File, f.Line))
			}
		}}
		return c.each(ctx, found.Of(manifest.Unit))
	}).Want(t, 1)
	if !slices.Equal(told, []string{"api/test_api.py:9"}) {
		t.Errorf("told are %q", told)
	}
}
