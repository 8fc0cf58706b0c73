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
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/host/local"
)

// runOf is a run whose commands are answered by do, on a clock that moves a
// second whenever it is read.
func runOf(environ []string, do func(local.Command) error) (*run, *strings.Builder) {
	var out strings.Builder
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	w := &app.Run{Environ: environ, Out: &out, Err: io.Discard, Now: func() time.Time {
		now = now.Add(time.Second)
		return now
	}}
	command := func(_ context.Context, c local.Command) error { return do(c) }
	return newRun(w, command), &out
}

// passing and failing are checks of one command.
var (
	passing = check{"lint", "the imports", func(c *run, ctx context.Context) error { return c.do(ctx, "linter", "./...") }}
	failing = check{"unit", "all tests", func(c *run, ctx context.Context) error { return c.do(ctx, "go", "test", "./...") }}
	last    = check{"e2e", "the engine", func(c *run, ctx context.Context) error { return c.do(ctx, "docker", "ps") }}
)

// goFails prints as go test does, and fails for the command go.
func goFails(c local.Command) error {
	_, _ = io.WriteString(c.Stdout, c.Argv[0]+" says\n")
	if c.Argv[0] == "go" {
		return &local.ExitError{Argv: c.Argv, Code: 1}
	}
	return nil
}

func TestCIGoesOnAfterAFailureAndEndsWithATable(t *testing.T) {
	t.Parallel()
	c, out := runOf(nil, goFails)
	err := c.all(t.Context(), []check{passing, failing, last})
	if failure.CodeOf(err) != failure.Unexpected || !strings.Contains(err.Error(), "mage ci -only=unit") {
		t.Errorf("error = %v", err)
	}
	const want = `== lint: the imports
$ linter ./...
linter says
== lint: ok in 1s

== unit: all tests
$ go test ./...
go says
== unit: failed in 1s

== e2e: the engine
$ docker ps
docker says
== e2e: ok in 1s

CHECK  RESULT  TOOK  DETAIL
lint   ok      1s
unit   failed  1s    go test ./...: exit code 1
e2e    ok      1s
total          7s
`
	if got := trimmed(out.String()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestCIFoldsItsChecksOnGitHub(t *testing.T) {
	t.Parallel()
	c, out := runOf([]string{"GITHUB_ACTIONS=true"}, func(command local.Command) error {
		if len(command.Env) > 0 {
			t.Errorf("the command sees %q and would report to GitHub itself", command.Env)
		}
		return goFails(command)
	})
	_ = c.all(t.Context(), []check{passing, failing})
	const want = `::group::lint: the imports
$ linter ./...
linter says
::endgroup::
::group::unit: all tests
$ go test ./...
go says
::endgroup::
::error title=ci::unit: failed in 1s
`
	if got, _, _ := strings.Cut(out.String(), "CHECK"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestCIRunsNothingAfterASignal(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("interrupted")
	c, out := runOf(nil, func(local.Command) error {
		cancel(stop)
		return stop
	})
	if err := c.all(ctx, []check{passing, last}); !errors.Is(err, stop) {
		t.Errorf("error = %v", err)
	}
	if text := out.String(); !strings.Contains(text, "lint: stopped") || !strings.Contains(text, "not run") || strings.Contains(text, "docker ps") {
		t.Errorf("printed\n%s", text)
	}
}

func TestAWrongNameOfACheckBringsTheRightOnes(t *testing.T) {
	t.Parallel()
	_, err := chooseChecks(checks(), []string{"vet", "lnit"})
	if failure.CodeOf(err) != failure.Usage || !strings.Contains(err.Error(), "did you mean lint?") || !strings.Contains(err.Error(), "generated, lint, vet") {
		t.Errorf("error = %v", err)
	}
	checks, err := chooseChecks(checks(), []string{"unit", "lint"})
	if err != nil || len(checks) != 2 || checks[0].name != "lint" || checks[1].name != "unit" {
		t.Errorf("chosen = %v, %v", checks, err)
	}
}

func TestAnEmptyListOfChecksIsAMistake(t *testing.T) {
	t.Parallel()
	err := Run(t.Context(), &app.Run{}, Options{Only: []string{""}})
	if failure.CodeOf(err) != failure.Usage || !strings.Contains(err.Error(), "-only is empty") || !strings.Contains(err.Error(), "leave") {
		t.Errorf("error = %v", err)
	}
}

func TestFuzzTargetsAreThoseOfTheirPackage(t *testing.T) {
	t.Parallel()
	got := parseFuzzTargets("FuzzA\nFuzzB\nok  \texample.com/one\t0.01s\n?   \texample.com/none\t[no test files]\nok  \texample.com/two\t0.01s\nFuzzC\nok  \texample.com/three\t(cached)\n")
	want := []fuzzTarget{{"example.com/one", "FuzzA"}, {"example.com/one", "FuzzB"}, {"example.com/three", "FuzzC"}}
	if !slices.Equal(got, want) {
		t.Errorf("targets = %v, want %v", got, want)
	}
}

func TestUnitTestsLeaveOutThoseOfTheEngine(t *testing.T) {
	t.Parallel()
	var argv []string
	c, _ := runOf(nil, func(command local.Command) error {
		if command.Argv[1] == "list" {
			_, _ = io.WriteString(command.Stdout, "m/internal/plan\nm/test/e2e\nm/test/launcher\nm/test/parity\n")
		}
		if !slices.Contains(command.Argv, "-C") { // not those of the nested modules
			argv = command.Argv
		}
		return nil
	})
	if err := c.unit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(argv[len(argv)-2:], []string{"m/internal/plan", "m/test/launcher"}) || !slices.Contains(argv, "-race") {
		t.Errorf("argv = %q", argv)
	}
}

func TestShellScriptsAreFoundByNameOrFirstLine(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for path, text := range map[string]string{
		"scripts/a.sh":       "echo\n",
		"scripts/mage":       "#!/usr/bin/env bash\n",
		".ci/run":            "#!/bin/sh\n",
		"tool":               "#!/usr/bin/env python3\n",
		"README":             "about\n",
		"a.go":               "#!/bin/sh\n",
		"testdata/b.sh":      "echo\n",
		"node_modules/c/d":   "#!/bin/sh\n",
		"magefiles/fish.txt": "#!/usr/bin/env fish\n",
	} {
		path = filepath.Join(root, path)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := shellScripts(root)
	if want := []string{".ci/run", "scripts/a.sh", "scripts/mage"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("scripts = %q, %v, want %q", got, err, want)
	}
}

// trimmed takes the blanks off the ends of lines.
func trimmed(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// What a check is called may hold what GitHub would read as more than a title.
func TestCINamesItsChecksInGitHubsCommandsAsTheRunnerReadsThem(t *testing.T) {
	t.Parallel()
	c, out := runOf([]string{"GITHUB_ACTIONS=true"}, func(local.Command) error { return nil })
	c.open(check{name: "unit", what: "100%\n##[error]"})
	c.close(result{check: check{name: "50%\nunit"}, err: errNotRun})
	const want = "::group::unit: 100%25 ## [error]\n::endgroup::\n::error title=ci::50%25%0Aunit: not run in 0s\n"
	if got := out.String(); got != want {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}
