package ci

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/host/local"
	"github.com/infinitescribe/spellbook/internal/task"
)

// runOf is a run whose commands are answered by do.
func runOf(do func(local.Command) error) (*run, *strings.Builder) {
	var out strings.Builder
	command := func(_ context.Context, c local.Command) error { return do(c) }
	return &run{out: &out, command: command}, &out
}

func TestACommandIsShownAndItsFailureNamed(t *testing.T) {
	t.Parallel()
	c, out := runOf(func(c local.Command) error {
		_, _ = io.WriteString(c.Stdout, "no\n")
		return &local.ExitError{Argv: c.Argv, Code: 2}
	})
	err := c.doWith(t.Context(), []string{"A=1"}, "go", "vet")
	if err == nil || err.Error() != "A=1 go vet: exit code 2" || out.String() != "$ A=1 go vet\nno\n" {
		t.Errorf("%v, printed %q", err, out)
	}
}

func TestChecksSeeNothingOfHowThisProcessWasCalled(t *testing.T) {
	t.Parallel()
	got := environ([]string{"HOME=/h", "GITHUB_ACTIONS=true", "GITHUB_STEP_SUMMARY=/s", "MAGEFILE_VERBOSE=1", "SPELLBOOK_COMMAND=x"})
	if !slices.Equal(got, []string{"HOME=/h"}) {
		t.Errorf("environ = %q", got)
	}
}

func TestEveryCheckIsATaskThatCiNeeds(t *testing.T) {
	Define()
	g, err := task.New(task.Defined())
	if err != nil {
		t.Fatal(err)
	}
	ci, _ := g.Find("ci")
	if want := []string{"generated", "lint", "vet", "shellcheck", "build", "unit", "fuzz", "e2e", "containerd"}; !slices.Equal(ci.Needs, want) {
		t.Errorf("ci needs %q, want %q", ci.Needs, want)
	}
	for _, name := range ci.Needs {
		check, _ := g.Find(name)
		if !slices.Contains(check.Inputs, "**") || !slices.Contains(check.Needs, "tools") || check.Engine != (name == "e2e" || name == "containerd") {
			t.Errorf("%s has inputs %q, needs %q, engine %t", name, check.Inputs, check.Needs, check.Engine)
		}
	}
}

// What a pipeline does besides, nobody runs before a push.
func TestTheWorkflowOnlyCallsCIWhichHasActionlintReadIt(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"../../.github/workflows/ci.yml": `(?m)^ +(?:- )?run: (.*)$`, // of which there is one
		"../../.ci/run":                  `(?m)^exec bash "\$\(dirname "\$0"\)/\.\./(.*)" "\$@" </dev/null$`,
	} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if found := regexp.MustCompile(want).FindAllStringSubmatch(string(text), -1); len(found) != 1 || found[0][1] != "scripts/test.sh" {
			t.Errorf("%s runs %q", file, found)
		}
	}
	text, err := os.ReadFile("../../scripts/test.sh")
	if err != nil || strings.Count(string(text), `scripts/mage ci "$@"`) != 1 {
		t.Errorf("scripts/test.sh does not call ci (%v)", err)
	}
	var read bool
	c, _ := runOf(func(command local.Command) error {
		read = read || slices.Equal(command.Argv, []string{"go", "run", actionlint, "-color=false"})
		return nil
	})
	c.root = "../.."
	if err := c.shellcheck(t.Context()); err != nil || !read {
		t.Errorf("actionlint has not run (%v)", err)
	}
}

func TestTheDirectoryThatGoInventsIsNoSetting(t *testing.T) {
	t.Parallel()
	const said = "GOGCCFLAGS='-fPIC -ffile-prefix-map=/tmp/go-build1234=/tmp/go-build -gno-record'"
	if got := strings.ReplaceAll(said, goBuildDir(said), ""); got != "GOGCCFLAGS='-fPIC -ffile-prefix-map==/tmp/go-build -gno-record'" {
		t.Errorf("got %s", got)
	}
}

func TestValuesOfVariablesAreNotWrittenDown(t *testing.T) {
	t.Parallel()
	told := func(value string) string {
		c, _ := runOf(func(command local.Command) error {
			if slices.Equal(command.Argv, []string{"go", "env"}) {
				_, _ = io.WriteString(command.Stdout, "GOPROXY='"+value+"'\n")
			}
			return nil
		})
		c.env = []string{"TOKEN=" + value, "PWD=/anywhere"}
		text, err := c.tools(t.Context())
		if err != nil || !strings.Contains(text, "GOPROXY ") || !strings.Contains(text, "TOKEN ") || strings.Contains(text, value) || strings.Contains(text, "PWD") {
			t.Errorf("%v, written is\n%s", err, text)
		}
		return text
	}
	one, other := strings.Split(told("secret"), "\n"), strings.Split(told("another"), "\n")
	changed := 0
	for i, line := range one {
		if line != other[i] {
			changed++
		}
	}
	if changed != 2 {
		t.Errorf("%d lines are others with other values", changed)
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
	c, _ := runOf(func(command local.Command) error {
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

// The one who calls sudo is told what the run came to: where a summary goes is kept.
func TestTheScriptKeepsWhereASummaryGoes(t *testing.T) {
	t.Parallel()
	bin := t.TempDir()
	for name, text := range map[string]string{"id": "echo 1000", "sudo": `printf '%s\n' "$@"`} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+text+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "bash", "../../scripts/test.sh", "-only=lint")
	cmd.Env = []string{"PATH=" + bin + ":/usr/bin:/bin", "HOME=" + bin, "GITHUB_STEP_SUMMARY=/a summary", "OTHER=x"}
	out, err := cmd.CombinedOutput()
	lines := strings.Split(string(out), "\n")
	if err != nil || !slices.Contains(lines, "GITHUB_STEP_SUMMARY=/a summary") || !slices.Contains(lines, "-only=lint") || strings.Contains(string(out), "OTHER") {
		t.Errorf("%v\n%s", err, out)
	}
}

// What the check runs is there: a test that was renamed would go unseen.
func TestTheContainerdCheckRunsItsPackagesOnTheSecondEngine(t *testing.T) {
	t.Parallel()
	var argv []string
	c, _ := runOf(func(command local.Command) error { argv = command.Argv; return nil })
	if err := c.containerd(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(argv[:3], []string{"scripts/lab/engine.sh", "26-containerd", "exec"}) || !slices.Equal(argv[len(argv)-3:], onContainerd) {
		t.Errorf("argv = %q", argv)
	}
	var tests strings.Builder
	for _, dir := range onContainerd {
		files, err := filepath.Glob(filepath.Join("../..", dir, "*_test.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s has no tests: %v", dir, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			tests.Write(text)
		}
	}
	for name := range strings.SplitSeq(ofStores, "|") {
		if !regexp.MustCompile(`(?m)^func Test\w*` + name).MatchString(tests.String()) {
			t.Errorf("no test is called %s", name)
		}
	}
}

func TestChecksOfTheEngineNeverRunAtOnce(t *testing.T) {
	ran := 0
	c, _ := runOf(func(local.Command) error {
		if ran++; engines.TryLock() {
			engines.Unlock()
			t.Error("another could run beside it")
		}
		return nil
	})
	for _, one := range checks() {
		if one.name == "e2e" || one.name == "containerd" {
			if err := one.run(c, t.Context()); err != nil {
				t.Error(err)
			}
		}
	}
	if ran != 2 {
		t.Errorf("%d ran", ran)
	}
}

func TestAnEngineThatTheLabHasNotIsRefused(t *testing.T) {
	t.Parallel()
	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "id"), []byte("#!/bin/sh\necho 0\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ line, says string }{
		{"../../scripts/test.sh -engine=27", "there is no second engine 27: -engine=26-containerd, -engine=26 or -engine=29"},
		{"../../scripts/lab/engine.sh 27", "usage: scripts/lab/engine.sh [26|26-containerd"},
		{"../../scripts/lab/engine.sh 26 exec", "usage:"},
		{"../../scripts/lab/engine.sh 26 stop now", "usage:"},
	} {
		cmd := exec.CommandContext(t.Context(), "bash", strings.Fields(c.line)...)
		cmd.Env = []string{"PATH=" + bin + ":/usr/bin:/bin", "HOME=" + bin}
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 2 || !strings.Contains(string(out), c.says) {
			t.Errorf("%s: %v\n%s", c.line, err, out)
		}
	}
}
