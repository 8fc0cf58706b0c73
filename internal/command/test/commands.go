package test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/host/local"
	"github.com/infinitescribe/spellbook/internal/manifest"
	"github.com/infinitescribe/spellbook/internal/outputs"
	"github.com/infinitescribe/spellbook/internal/units"
)

// commands runs the tests of a repository's projects, one after the other.
type commands struct {
	run       *app.Run
	found     manifest.Repository
	variables []string // NAME=value, over those of the run
	installed map[string]bool
	tests     []outputs.Test
	results   func(outputs.Result) // is told what each has said of tests; nil: nobody is
}

// each runs all of list, also after one that failed: the failure is that of the first, with
// its exit code.
func (c *commands) each(ctx context.Context, list []manifest.Command) error {
	var failed []string
	var first *failure.Error
	for _, one := range list {
		err := c.installs(ctx, one)
		if err == nil {
			err = c.one(ctx, one)
		}
		if ctx.Err() != nil {
			return err
		}
		if err == nil {
			continue
		}
		failed = append(failed, one.Name)
		if first == nil {
			first = failureOf(one, err)
		}
	}
	c.summary()
	if first == nil {
		return nil
	}
	if len(failed) > 1 {
		first.Message = fmt.Sprintf("%s failed: %s", units.Plural(len(failed), "project"), strings.Join(failed, ", "))
	}
	return first
}

// failureOf is that of a command that failed, or that could not be run.
func failureOf(one manifest.Command, err error) *failure.Error {
	var exit *local.ExitError
	if errors.As(err, &exit) {
		f := failure.New(failure.Code(exit.Code), "%s: %s", one.Name, exit.Error())
		if one.Tool == manifest.Python && exit.Code == manifest.NoTests {
			f = f.WithDetails("pytest ends so where it has run no test: none that it finds here is chosen by its options")
		}
		return f
	}
	return failure.New(failure.CodeOf(err), "%s: %w", one.Name, err)
}

// installs has the packages of a project installed, where they never were.
func (c *commands) installs(ctx context.Context, one manifest.Command) error {
	at := slices.IndexFunc(c.found.Installs, func(i manifest.Install) bool { return i.Name == one.Install })
	if one.Install == "" || at < 0 || c.installed[one.Install] {
		return nil
	}
	i := c.found.Installs[at]
	if _, err := os.Stat(filepath.Join(c.run.Root(), i.Modules)); err == nil {
		return nil
	}
	if c.installed == nil {
		c.installed = map[string]bool{}
	}
	c.installed[one.Install] = true
	return c.one(ctx, manifest.Command{Name: i.Name, Dir: i.Dir, Argv: i.Argv})
}

// one runs a command, and reads what it says of tests.
func (c *commands) one(ctx context.Context, one manifest.Command) error {
	c.run.Tell("%s: %s", one.Name, strings.Join(one.Argv, " "))
	reader := outputs.NewReader(outputs.Options{Root: c.run.Root(), Dir: one.Dir, Modules: c.found.Modules, Members: one.Dirs})
	var mu sync.Mutex // of the reader, which two streams go to
	out, errs := &lineReader{to: c.run.Out, reader: reader, mu: &mu}, &lineReader{to: c.run.ChildErr(), reader: reader, mu: &mu}
	err := local.RunAllowing(ctx, local.Command{Argv: one.Argv, Dir: filepath.Join(c.run.Root(), one.Dir), Env: slices.Concat(c.run.Environ, one.Set, c.variables),
		Stdout: out, Stderr: errs, Whole: true}, one.AllowedCode, one.AllowIf)
	out.flush()
	errs.flush()
	result := reader.Close()
	c.tests = append(c.tests, result.Tests...)
	if c.results != nil {
		c.results(result)
	}
	return err
}

// summary counts what was run, and names what failed.
func (c *commands) summary() {
	count := map[outputs.Outcome]int{}
	for _, t := range c.tests {
		count[t.Outcome]++
		if t.Outcome == outputs.Failed {
			c.run.Tell("failed: %s", strings.TrimSpace(t.Suite+" "+t.Name))
		}
	}
	if len(c.tests) == 0 {
		return
	}
	words := []string{fmt.Sprintf("%d passed", count[outputs.Passed])}
	for _, outcome := range []outputs.Outcome{outputs.Failed, outputs.Skipped} {
		if n := count[outcome]; n > 0 {
			words = append(words, fmt.Sprintf("%d %s", n, outcome))
		}
	}
	c.run.Tell("%s: %s", units.Plural(len(c.tests), "test"), strings.Join(words, ", "))
}

// lineReader hands on what a command says, as people read it.
type lineReader struct {
	to     io.Writer
	reader *outputs.Reader
	mu     *sync.Mutex
	rest   []byte
}

// Write is part of io.Writer.
func (l *lineReader) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rest = append(l.rest, b...)
	for {
		line, rest, whole := bytes.Cut(l.rest, []byte("\n"))
		if !whole {
			return len(b), nil
		}
		l.rest = rest
		for _, shown := range l.reader.Line(string(line)) {
			if _, err := fmt.Fprintln(l.to, shown); err != nil {
				return len(b), err
			}
		}
	}
}

// flush is for what ends without a line's end.
func (l *lineReader) flush() {
	if len(l.rest) > 0 {
		_, _ = l.Write([]byte("\n"))
	}
}
