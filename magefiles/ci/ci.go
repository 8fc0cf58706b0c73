// Package ci has the checks of this repository as tasks, which `mage ci` runs here. It
// belongs to this repository's own magefile, and none of the public targets imports it.
package ci

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/host/local"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/state"
	"github.com/infinitescribe/spellbook/magefiles/task"
)

// check is one part of ci.
type check struct {
	name, what string
	run        func(*run, context.Context) error
	options    []task.Option // what it depends on
}

// run is one check at work.
type run struct {
	out     io.Writer
	root    string
	env     []string // of every command
	command func(context.Context, local.Command) error
}

// Define defines the checks as tasks, and ci as all of them. In a full run they are best
// run one after the other (-jobs=1), as scripts/test.sh does: most use all processors,
// and there is one engine.
func Define() {
	var names []string
	for _, c := range checks() {
		names = append(names, c.name)
		task.Define(c.name, append(c.options, task.Help(c.what), task.Func(c.do))...)
	}
	task.Define("tools", task.Help("which versions of what the checks run there are"), task.Outputs(toolsFile), task.Func(tools))
	task.Define("ci", task.Help("all checks of this repository"), task.Needs(names...))
}

// do is the task of a check.
func (c check) do(ctx context.Context, out io.Writer) error { return c.run(newRun(out), ctx) }

func newRun(out io.Writer) *run {
	w := app.FromOS(project.Layout{})
	return &run{out: out, root: w.Root(), env: environ(w.Environ), command: local.Run}
}

// environ leaves out what is meant for this process alone: how it was called
// and how it reports. A test that runs a target says those itself.
func environ(environ []string) []string {
	own := []string{"GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "SPELLBOOK_CALLER_DIR", "SPELLBOOK_COMMAND"}
	return slices.DeleteFunc(slices.Clone(environ), func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		return slices.Contains(own, name) || strings.HasPrefix(name, "MAGEFILE_") || strings.HasPrefix(name, "COMPOSE_")
	})
}

// toolsFile is what the checks depend on besides the files of the repository: a check
// runs again when it has changed.
const toolsFile = ".spellbook/ci/tools"

// tools writes it: the packages of the machine, Go with all its settings, and the
// variables that commands get.
func tools(ctx context.Context, out io.Writer) error {
	c := newRun(out)
	text, err := c.tools(ctx)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintln(out, "written to "+toolsFile)
	return state.Write(filepath.Join(c.root, filepath.FromSlash(toolsFile)), []byte(text))
}

func (c *run) tools(ctx context.Context) (string, error) {
	var text strings.Builder
	for _, argv := range [][]string{{"uname", "-srm"}, {"go", "version"}, {"go", "env"}, {"dpkg-query", "-W"}} {
		said, err := c.output(ctx, argv...)
		if err != nil && argv[0] != "dpkg-query" { // not everybody has Debian
			return "", err
		}
		said = strings.ReplaceAll(said, goBuildDir(said), "")
		if slices.Equal(argv, []string{"go", "env"}) {
			said = hidden(strings.Split(strings.TrimSpace(said), "\n"))
		}
		fmt.Fprintf(&text, "%s\n%s\n", strings.Join(argv, " "), said)
	}
	text.WriteString(hidden(slices.Sorted(slices.Values(c.env))))
	return text.String(), nil
}

// hidden are settings (NAME=value), a line each, with a digest in the place of the
// value: it may be a secret, and the file is uploaded with the results.
func hidden(pairs []string) string {
	var text strings.Builder
	for _, pair := range pairs {
		if name, value, _ := strings.Cut(pair, "="); !slices.Contains(passing, name) {
			fmt.Fprintf(&text, "%s %x\n", name, sha256.Sum256([]byte(value)))
		}
	}
	return text.String()
}

// passing variables are others for each shell, and nothing that a check looks at.
var passing = []string{"_", "SHLVL", "PWD", "OLDPWD", "SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY", "SSH_AUTH_SOCK", "TERM", "COLUMNS", "LINES", "INVOCATION_ID", "WINDOWID"}

// goBuildDir is the directory that go env invents anew each time, in its flags for gcc.
func goBuildDir(said string) string {
	_, after, found := strings.Cut(said, "-ffile-prefix-map=")
	if !found {
		return "\x00"
	}
	dir, _, _ := strings.Cut(after, "=")
	return dir
}

// do runs a command in the root of the repository, showing what it says.
func (c *run) do(ctx context.Context, argv ...string) error { return c.doWith(ctx, nil, argv...) }

// doWith is do with further variables.
func (c *run) doWith(ctx context.Context, env []string, argv ...string) error {
	line := strings.Join(append(slices.Clone(env), argv...), " ")
	_, _ = fmt.Fprintln(c.out, "$ "+shorten(line, 160))
	return c.exec(ctx, c.out, line, env, argv)
}

// output runs a command and returns what it printed; its errors are shown.
func (c *run) output(ctx context.Context, argv ...string) (string, error) {
	var b strings.Builder
	err := c.exec(ctx, &b, strings.Join(argv, " "), nil, argv)
	return b.String(), err
}

// exec runs a command in a process group of its own. Its standard error goes
// where its output goes, so that lines stay in order, unless that is captured.
func (c *run) exec(ctx context.Context, out io.Writer, line string, env, argv []string) error {
	command := local.Command{Argv: argv, Dir: c.root, Env: append(c.env[:len(c.env):len(c.env)], env...), Stdout: out, Stderr: c.out}
	err := c.command(ctx, command)
	var exit *local.ExitError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &exit):
		return fmt.Errorf("%s: exit code %d", shorten(line, 60), exit.Code)
	}
	return fmt.Errorf("%s: %w", shorten(line, 60), err)
}

// shorten keeps a list of packages out of a message.
func shorten(line string, limit int) string {
	if runes := []rune(line); len(runes) > limit {
		return string(runes[:limit-1]) + "…"
	}
	return line
}
