package ci

import (
	"context"
	"errors"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/magefiles/task"
)

// backendModule is the sample backend, a module of its own: its image needs its
// own dependencies alone.
const backendModule = "apps/backend"

// sdkModule is what the author of a plugin requires. The checks look at it as
// an author has it, with what it requires itself.
const sdkModule = "plugins/sdk"

// nested are the modules below the root that are checked like it.
var nested = []string{sdkModule, backendModule}

// endToEnd is where the tests lie that need a container engine.
var endToEnd = []string{"/test/e2e", "/test/parity"}

// inputs are all files of the repository, which tests read as well as code: its
// documents, its scripts. They depend on the machine's tools, too.
func inputs(without ...string) []task.Option {
	return []task.Option{task.Inputs(append([]string{"**", ".ci/**", ".github/**"}, without...)...), task.Needs("tools")}
}

// prose is what neither the compiler nor a linter reads; plugins embed their README.
var prose = []string{"!docs/**", "!findings/**", "!*.md"}

// checks are the checks in their order: what is quick to fail comes first,
// the real engine last.
func checks() []check {
	return []check{
		{"generated", "go.mod, formatting, the plugins' contract and targets are what the tools would write", (*run).generated, inputs(prose...)},
		{"lint", "golangci-lint, with the imports between packages", (*run).lint, inputs(prose...)},
		{"vet", "vet and build for Linux, Windows and macOS", (*run).vet, inputs(prose...)},
		{"shellcheck", "every shell script, and the workflow", (*run).shellcheck, inputs("!docs/**")},
		{"build", "the launcher compiles the targets from nothing", (*run).build, inputs(prose...)},
		{"unit", "all tests but those of whole targets, with the race detector", (*run).unit, inputs()},
		{"fuzz", "five thousand runs of every fuzz target", (*run).fuzz, inputs(prose...)},
		{"e2e", "against a real engine, with the race detector", (*run).e2e, append(inputs(), task.Engine())},
		{"containerd", "up, builds and watch on a newer engine with the containerd image store", (*run).containerd, append(inputs(), task.Engine())},
	}
}

func (c *run) generated(ctx context.Context) error {
	return errors.Join(c.do(ctx, "scripts/tidy.sh", "-diff"), c.formatted(ctx), c.contract(ctx),
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
	_, _ = c.out.Write([]byte(diff))
	return failure.New(failure.Unexpected, "gofmt would change files").WithHint("gofmt -w .")
}

func (c *run) lint(ctx context.Context) error {
	errs := []error{c.do(ctx, "scripts/lint/lint.sh", "./...")}
	for _, module := range nested {
		errs = append(errs, c.do(ctx, "scripts/lint/lint.sh", "-C", module, "./..."))
	}
	return errors.Join(errs...)
}

// in runs the go command in a module below the root, without the root's go.work.
func (c *run) in(ctx context.Context, module string, env []string, args ...string) error {
	return c.doWith(ctx, append([]string{"GOWORK=off"}, env...), append([]string{"go", "-C", module}, args...)...)
}

// vet covers the files of other systems and those that only Mage builds.
func (c *run) vet(ctx context.Context) error {
	var errs []error
	for _, system := range []string{"linux", "windows", "darwin"} {
		if ctx.Err() == nil {
			errs = append(errs, c.vetFor(ctx, system))
		}
	}
	errs = append(errs, c.in(ctx, backendModule, nil, "vet", "./..."))
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
	errs := []error{c.doWith(ctx, env, "go", "build", "./..."), c.in(ctx, sdkModule, env, "build", "./...")}
	if system == "windows" {
		packages = []string{".", "./internal/...", "./magefiles/...", "./scripts/..."}
	} else {
		errs = append(errs, c.in(ctx, sdkModule, env, "vet", "./..."))
	}
	return errors.Join(append(errs, c.doWith(ctx, env, append([]string{"go", "vet", "-tags=mage"}, packages...)...))...)
}

// actionlint is what checks the workflow, from the module proxy.
const actionlint = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12"

func (c *run) shellcheck(ctx context.Context) error {
	scripts, err := shellScripts(c.root)
	if err != nil {
		return err
	}
	return errors.Join(c.do(ctx, append([]string{"shellcheck", "--external-sources"}, scripts...)...),
		c.do(ctx, "go", "run", actionlint, "-color=false"))
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
	test := []string{"test", "-json", "-race", "-count=1", "-timeout=20m"}
	errs := []error{c.do(ctx, append(append([]string{"go"}, test...), packages...)...)}
	for _, module := range nested {
		errs = append(errs, c.in(ctx, module, nil, append(slices.Clone(test), "./...")...))
	}
	return errors.Join(errs...)
}

// engines is held by the check that uses the engines: both take most of the machine, and
// e2e speaks to the second one as well. It is no need, by which containerd would be
// skipped where e2e has failed, and e2e would run where containerd alone is asked for.
var engines sync.Mutex

// e2e runs two packages at once, one test of each: they wait for containers
// most of the time, and however many processors there are, there is one engine.
func (c *run) e2e(ctx context.Context) error {
	engines.Lock()
	defer engines.Unlock()
	return c.do(ctx, "go", "test", "-json", "-race", "-count=1", "-timeout=60m", "-p=2", "-parallel=1", "./test/e2e/...", "./test/parity")
}

// onContainerd are the packages of the end-to-end tests in which the kind of image
// store is most likely to matter. All run there with
// `scripts/test.sh -engine=26-containerd`, each night.
var onContainerd = []string{"./test/e2e/infra", "./test/e2e/build", "./test/e2e/dev"}

// ofStores are the tests there that are about images and stores, and the main ones of up
// and watch: in ten minutes on two processors.
const ofStores = "PlainComposeUp|UpBringsAChain|StatusShowsTheImage|ChangedEnvironment|RemovedServiceGoes|CannotBePulled|ImagesOwn|" +
	"BuiltOnce|OneChangedFile|ImagesAreListed|CacheInTheContext|UnchangedContent|WithoutItsLayers|ABaseThatMoved|" +
	"OfARealRegistry|TwoCleanBuildsOfACommit|SeveralPlatforms|OneSize|AllPlatforms|WhereNothingChanged|TheOnePlatform|ComposeGaveAway|IsPushedUnder|" +
	"BuildKitMakeTheSame|ComposesBuilds|DevWatchSyncs|DevWatchRebuilds|DevWatchReloads|DevWatchAndCompose|DevUpBuildsOnce"

// containerd is part of e2e on the second engine of scripts/lab/engine.sh. It goes
// without the race detector, as e2e has run with it.
func (c *run) containerd(ctx context.Context) error {
	engines.Lock()
	defer engines.Unlock()
	argv := []string{"scripts/lab/engine.sh", "26-containerd", "exec", "go", "test", "-json", "-count=1", "-timeout=20m", "-p=1", "-parallel=2", "-run=" + ofStores}
	return c.do(ctx, append(argv, onContainerd...)...)
}

// packages are all but those of the end-to-end tests.
func (c *run) packages(ctx context.Context) ([]string, error) {
	list, err := c.output(ctx, "go", "list", "./...")
	if err != nil {
		return nil, err
	}
	var packages []string
	for _, path := range strings.Fields(list) {
		if !slices.ContainsFunc(endToEnd, func(dir string) bool { return strings.Contains(path, dir) }) {
			packages = append(packages, path)
		}
	}
	return packages, nil
}
