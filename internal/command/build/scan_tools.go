package build

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/host/local"
	"github.com/infinitescribe/spellbook/internal/image"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/plugins"
)

// runInstalled scans an image by the first scanner that is installed, and by
// none where there is none for it.
func (x *scanner) runInstalled(ctx context.Context, one plan.Build, got *scanned) error {
	if tool := firstInstalled(x.Environ, scanTools...); tool != "" {
		ref, err := x.wanted(ctx, one)
		if err != nil {
			return err
		}
		s, err := x.scan(ctx, tool, ref, scanArgv(tool, ref, x.Options.JSON))
		got.Scans = append(got.Scans, s)
		return err
	}
	dir := moduleOf(one)
	if dir == "" || firstInstalled(x.Environ, "govulncheck") == "" {
		return nil
	}
	s, done := x.modules[dir]
	if !done {
		var err error
		argv := govulncheckArgv(dir, x.vulnerabilities(), x.Options.JSON)
		if s, err = x.scan(ctx, "govulncheck", x.Project.Short(dir), argv, x.workspaceOf(ctx, dir)...); err != nil {
			return err
		}
		x.modules[dir] = s
	}
	got.Scans = append(got.Scans, s)
	return nil
}

// moduleOf is the directory of the Go module that a build is of: its
// Dockerfile's, or its context; "" where neither has a go.mod.
func moduleOf(one plan.Build) string {
	if !image.Local(one.Context) {
		return ""
	}
	dirs := []string{one.Context}
	if one.Inline == "" {
		dirs = []string{filepath.Dir(one.Dockerfile), one.Context}
	}
	for _, dir := range dirs {
		if info, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil && info.Mode().IsRegular() {
			return dir
		}
	}
	return ""
}

// workspaceOf is a variable without which the go command refuses a module that
// lies below a go.work and is none of its modules.
func (x *scanner) workspaceOf(ctx context.Context, dir string) []string {
	here, err := os.Stat(dir)
	if err != nil {
		return nil
	}
	list, err := plugins.GoCommand(ctx, x.Run, dir, "list", "-m", "-f", "{{.Dir}}")
	if err != nil {
		return nil // the scanner says what is wrong
	}
	for used := range strings.Lines(list) {
		if info, err := os.Stat(strings.TrimSpace(used)); err == nil && os.SameFile(info, here) {
			return nil
		}
	}
	return []string{"GOWORK=off"}
}

// vulnerabilities is where govulncheck's database is: the environment's say
// before the project's .env file; "" is Go's own.
func (x *scanner) vulnerabilities() string {
	return cmp.Or(x.Run.Getenv("GOVULNDB"), x.Project.Variable("GOVULNDB"))
}

// run runs a scanner and notes its exit code.
func (x *scanner) run(ctx context.Context, s *scan, argv []string, out io.Writer, env ...string) error {
	if _, err := fmt.Fprintf(x.Run.Err, "scanning %s with %s\n", s.Of, s.Scanner); err != nil {
		return err
	}
	var exit *local.ExitError
	err := runTool(ctx, x.Session, argv, out, env...)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.As(err, &exit):
		s.ExitCode = exit.Code
	case err != nil:
		return failure.New(failure.Preflight, "run scanner %s of %s: %w", s.Scanner, s.Of, err).
			WithHint("install it anew, or correct x-spellbook.scan in the Compose file")
	}
	return nil
}

// scan runs a scanner that is installed. What it writes is shown as it comes;
// with -json it is the scan's report.
func (x *scanner) scan(ctx context.Context, tool, of string, argv []string, env ...string) (scan, error) {
	s := scan{Scanner: tool, Of: of}
	if !x.Options.JSON {
		return s, x.run(ctx, &s, argv, x.Run.Out, env...)
	}
	var out bytes.Buffer
	if err := x.run(ctx, &s, argv, &out, env...); err != nil {
		return s, err
	}
	values, err := jsonValues(&out)
	if s.ExitCode == 0 && (err != nil || len(values) == 0) {
		return s, failure.New(failure.Unexpected, "read output of %s: it is no JSON", tool)
	}
	if tool == "govulncheck" && s.ExitCode == 0 && callsVulnerable(values) {
		s.ExitCode = govulncheckFound
	}
	switch len(values) {
	case 0: // it failed before it could tell anything
		return s, nil
	case 1:
		s.Report = values[0]
		return s, nil
	}
	s.Report, err = json.Marshal(values)
	return s, err
}

// jsonValues are those that are written one after the other.
func jsonValues(r io.Reader) (list []json.RawMessage, err error) {
	decoder := json.NewDecoder(r)
	for {
		var value json.RawMessage
		if err := decoder.Decode(&value); errors.Is(err, io.EOF) {
			return list, nil
		} else if err != nil {
			return nil, err
		}
		list = append(list, value)
	}
}

// govulncheckFound is what govulncheck ends with where the code calls what is
// vulnerable; with -format json it ends with 0 all the same.
const govulncheckFound = 3

// callsVulnerable: one of govulncheck's findings has a trace that ends in a
// function, and not in a package or a module alone. Source: golang.org/x/vuln
// v1, internal/govulncheck, Finding.
func callsVulnerable(messages []json.RawMessage) bool {
	for _, text := range messages {
		var m struct {
			Finding struct {
				Trace []struct {
					Function string `json:"function"`
				} `json:"trace"`
			} `json:"finding"`
		}
		if json.Unmarshal(text, &m) == nil && len(m.Finding.Trace) > 0 && m.Finding.Trace[0].Function != "" {
			return true
		}
	}
	return false
}

// wanted is the name of a build's image, which has to be built; the keys are
// made out for the first that a scanner wants.
func (x *scanner) wanted(ctx context.Context, one plan.Build) (string, error) {
	if !x.identified {
		if err := x.prepare(); err != nil {
			return "", err
		}
		if err := x.identify(ctx, false); err != nil {
			return "", err
		}
		x.identified = true
	}
	return x.builtImage(ctx, one)
}
