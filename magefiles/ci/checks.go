package ci

import (
	"context"
	"errors"
	"os"
	"runtime"
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// backendModule is the sample backend, a module of its own: its image needs its
// own dependencies alone.
const backendModule = "apps/backend"

// foreignModule is the repository of somebody else that uses ours: its go.mod
// follows ours.
const foreignModule = "test/testdata/foreign"

// endToEnd is where the tests lie that need a container engine.
const endToEnd = "/test/e2e"

// checks are the checks in their order: what is quick to fail comes first,
// the real engine last.
func checks() []check {
	return []check{
		{"generated", "go.mod, formatting, the plugins' contract and targets are what the tools would write", (*run).generated},
		{"lint", "golangci-lint, with the imports between packages", (*run).lint},
		{"vet", "vet and build for Linux, Windows and macOS", (*run).vet},
		{"shellcheck", "every shell script", (*run).shellcheck},
		{"build", "the launcher compiles the targets from nothing", (*run).build},
		{"unit", "all tests but those of whole targets, with the race detector", (*run).unit},
		{"fuzz", "five thousand runs of every fuzz target", (*run).fuzz},
		{"e2e", "against a real engine, with the race detector", (*run).e2e},
	}
}

func (c *run) generated(ctx context.Context) error {
	return errors.Join(c.do(ctx, "go", "mod", "tidy", "-diff"), c.do(ctx, "go", "-C", backendModule, "mod", "tidy", "-diff"),
		c.do(ctx, "go", "-C", foreignModule, "mod", "tidy", "-diff"),
		c.formatted(ctx), c.contract(ctx),
		c.do(ctx, "scripts/mage", "plugin:sync", "-check"))
}

// contract fails when the generated code is not that of the plugins' contract,
// and when the contract would break plugins that are there.
func (c *run) contract(ctx context.Context) error {
	var errs []error
	for _, step := range []string{"check", "lint", "breaking"} {
		errs = append(errs, c.do(ctx, "scripts/proto/gen.sh", step))
	}
	return errors.Join(errs...)
}

// formatted fails when gofmt would change a file, and shows how.
func (c *run) formatted(ctx context.Context) error {
	diff, err := c.output(ctx, "gofmt", "-d", ".") // fails or not by its version
	if diff == "" {
		return err
	}
	_, _ = c.w.Out.Write([]byte(diff))
	return failure.New(failure.Unexpected, "gofmt would change files").WithHint("gofmt -w .")
}

func (c *run) lint(ctx context.Context) error {
	return errors.Join(c.do(ctx, "scripts/lint/lint.sh", "./..."), c.do(ctx, "scripts/lint/lint.sh", "-C", backendModule, "./..."))
}

// vet covers the files of other systems and those that only Mage builds.
func (c *run) vet(ctx context.Context) error {
	var errs []error
	for _, system := range []string{"linux", "windows", "darwin"} {
		if ctx.Err() == nil {
			errs = append(errs, c.vetFor(ctx, system))
		}
	}
	errs = append(errs, c.do(ctx, "go", "-C", backendModule, "vet", "./..."))
	return errors.Join(errs...)
}

// vetFor leaves the tests of real processes out for Windows: they send signals
// and run shell scripts.
func (c *run) vetFor(ctx context.Context, system string) error {
	var env []string
	if system != runtime.GOOS {
		env = []string{"GOOS=" + system}
	}
	packages := []string{"./..."}
	if system == "windows" {
		packages = []string{".", "./internal/...", "./magefiles/...", "./scripts/..."}
	}
	return errors.Join(
		c.doWith(ctx, env, append([]string{"go", "vet", "-tags=mage"}, packages...)...),
		c.doWith(ctx, env, "go", "build", "./..."))
}

func (c *run) shellcheck(ctx context.Context) error {
	scripts, err := shellScripts(c.root)
	if err != nil {
		return err
	}
	return c.do(ctx, append([]string{"shellcheck", "--external-sources"}, scripts...)...)
}

// build uses a cache of its own, because the launcher's holds the very binary
// that runs now.
func (c *run) build(ctx context.Context) error {
	cache, err := os.MkdirTemp("", "spellbook-ci-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(cache) }()
	return c.doWith(ctx, []string{"SPELLBOOK_CACHE=" + cache}, "scripts/mage", "-l")
}

// unit does not use cached results: some tests run scripts and commands, whose
// changes the go command does not see.
func (c *run) unit(ctx context.Context) error {
	packages, err := c.packages(ctx)
	if err != nil {
		return err
	}
	test := []string{"test", "-race", "-count=1", "-timeout=20m"}
	return errors.Join(c.do(ctx, append(append([]string{"go"}, test...), packages...)...),
		c.do(ctx, append(append([]string{"go", "-C", backendModule}, test...), "./...")...))
}

func (c *run) e2e(ctx context.Context) error {
	return c.do(ctx, "go", "test", "-race", "-count=1", "-timeout=60m", "./test/e2e/...")
}

// packages are all but those of the end-to-end tests.
func (c *run) packages(ctx context.Context) ([]string, error) {
	list, err := c.output(ctx, "go", "list", "./...")
	if err != nil {
		return nil, err
	}
	var packages []string
	for _, path := range strings.Fields(list) {
		if !strings.Contains(path, endToEnd) {
			packages = append(packages, path)
		}
	}
	return packages, nil
}
