package workflow

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"

	"golang.org/x/mod/modfile"

	"github.com/infinitescribe/spellbook/internal/buildcontext"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/host"
	"github.com/infinitescribe/spellbook/internal/host/local"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/sbom"
	"github.com/infinitescribe/spellbook/internal/sbom/govulncheck"
)

// scanModules scans the Go modules that a build works with, and notes the
// manifests of others, which govulncheck does not know.
func (x *scanner) scanModules(ctx context.Context, one plan.Build, got *scanned) error {
	tree, err := buildcontext.Read(ctx, buildcontext.Options{Dir: one.Context, Dockerfile: one.Dockerfile, Now: x.w.Now})
	if err != nil {
		return err
	}
	c, err := x.contextOf(one, tree.Files)
	if err != nil {
		return err
	}
	found, err := c.manifests(one)
	if err != nil {
		return err
	}
	for _, f := range found {
		if f.Ecosystem != sbom.Go {
			got.Unread = append(got.Unread, path.Join(c.shown, f.Path))
			continue
		}
		s, err := x.module(ctx, filepath.Join(one.Context, filepath.FromSlash(path.Dir(f.Path))))
		if err != nil {
			return err
		}
		got.Scans = append(got.Scans, s)
	}
	return nil
}

// module scans a module once, whatever number of images are of it.
func (x *scanner) module(ctx context.Context, dir string) (scan, error) {
	if s, done := x.modules[dir]; done {
		return s, nil
	}
	tool, err := x.findGovulncheck(dir)
	if err != nil {
		return scan{}, err
	}
	shown := x.project.Short(dir)
	if _, err := fmt.Fprintf(x.w.Err, "scanning %s with govulncheck %s\n", shown, tool.from); err != nil {
		return scan{}, err
	}
	var out, complaint bytes.Buffer
	failed := local.Run(ctx, local.Command{Argv: govulncheck.Argv(tool.argv, dir, x.vulnerabilities()), Dir: tool.dir, Env: x.w.Environ, Stdout: &out, Stderr: &complaint})
	if ctx.Err() != nil {
		return scan{}, context.Cause(ctx)
	}
	result, err := govulncheck.Parse(&out)
	var exit *local.ExitError
	switch {
	case errors.As(failed, &exit):
		return scan{}, govulncheck.Explain(shown, result, complaint.String())
	case failed != nil:
		return scan{}, fmt.Errorf("run govulncheck: %w", failed)
	case err != nil:
		return scan{}, err
	}
	s := scan{Scanner: "govulncheck " + first(result.Scanner, govulncheck.Version) + " " + tool.from, Of: shown, Findings: slices.Clip(result.Findings)}
	if s.Findings == nil {
		s.Findings = []govulncheck.Finding{}
	}
	x.modules[dir] = s
	return s, nil
}

// vulnerabilities is where the database is: the environment's say before the
// project's .env file; "" is Go's own.
func (x *scanner) vulnerabilities() string {
	return first(x.w.Getenv(govulncheck.DBVariable), x.project.Variable(govulncheck.DBVariable))
}

// goTool is how govulncheck is called.
type goTool struct {
	argv []string
	dir  string // where
	from string // as people know it: "from PATH"
}

// findGovulncheck looks among the tools of the module's go.mod and of the
// repository's, then in PATH; else Go fetches it.
func (x *scanner) findGovulncheck(module string) (goTool, error) {
	_, noGo := host.Find("go", x.w.Environ)
	if noGo != nil { // govulncheck itself calls it
		return goTool{}, failure.New(failure.Preflight, "Go is needed to scan %s", x.project.Short(module)).
			WithHint("https://go.dev/dl, or name a scanner for the service in the Compose file: x-spellbook: {scan: [command, argument]}")
	}
	for _, dir := range []string{module, x.layout.Root} {
		if hasTool(filepath.Join(dir, "go.mod")) {
			return goTool{[]string{"go", "tool", "govulncheck"}, dir, "of " + x.project.Short(filepath.Join(dir, "go.mod"))}, nil
		}
	}
	if _, err := host.Find("govulncheck", x.w.Environ); err == nil {
		return goTool{[]string{"govulncheck"}, x.layout.Root, "from PATH"}, nil
	}
	return goTool{[]string{"go", "run", govulncheck.Package + "@" + govulncheck.Version}, x.layout.Root, "by go run"}, nil
}

// hasTool: the module has govulncheck among its tools.
func hasTool(path string) bool {
	text, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	file, err := modfile.Parse(path, text, nil)
	return err == nil && slices.ContainsFunc(file.Tool, func(t *modfile.Tool) bool { return t.Path == govulncheck.Package })
}
