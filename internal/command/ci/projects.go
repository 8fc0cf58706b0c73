package ci

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	tasks "github.com/infinitescribe/spellbook/internal/command/task"
	"github.com/infinitescribe/spellbook/internal/host/git"
	"github.com/infinitescribe/spellbook/internal/host/local"
	"github.com/infinitescribe/spellbook/internal/manifest"
	"github.com/infinitescribe/spellbook/internal/state"
	"github.com/infinitescribe/spellbook/internal/task"
)

// installed is the file in node_modules that says what was installed there: it goes
// where the packages go.
const installed = ".spellbook-installed"

// install is what the names of tasks begin with that install packages.
const install = "install:"

// commands are the tasks of the repository's projects.
func (s *steps) commands() {
	for _, i := range s.manifest.Installs {
		s.add(task.Task{Name: install + i.Name, Help: "the packages of " + i.Dir, Dir: i.Dir, Steps: []task.Step{{Func: s.install(i)}}})
	}
	for _, kind := range []manifest.Kind{manifest.Lint, manifest.Unit, manifest.Build} {
		for _, c := range s.manifest.Of(kind) {
			s.add(s.command(c))
		}
	}
}

// taskOf is what the task of a command is called.
func taskOf(c manifest.Command) string { return string(c.Kind) + ":" + c.Name }

func (s *steps) command(c manifest.Command) task.Task {
	if c.Tool == manifest.Go && c.Kind == manifest.Unit {
		c.Argv = slices.Insert(slices.Clone(c.Argv), 2, uncached)
	}
	t := task.Task{Name: taskOf(c), Help: strings.Join(c.Argv, " "), Dir: c.Dir, Set: c.Set, Env: c.Env,
		Steps: []task.Step{{Argv: c.Argv, AllowedCode: c.AllowedCode, AllowIf: c.AllowIf}}, Inputs: slices.Clone(c.Inputs), Programs: c.Programs}
	if t.Dir == "." {
		t.Dir = ""
	}
	if c.Install != "" {
		t.Needs = []string{install + c.Install}
	}
	if len(c.Inputs) == 0 { // it depends on what is not in the repository
		return t
	}
	for _, dir := range c.Dirs {
		for _, name := range writtenDirs {
			if made := path.Join(dir, name); s.ignored[made] && (c.Tool != manifest.Go || !s.embeds(dir, name)) {
				t.Inputs = append(t.Inputs, "!"+made+"/**")
				if slices.Contains(c.Builds, dir) && slices.Contains(builtDirs, name) {
					t.Outputs = append(t.Outputs, made)
				}
			}
		}
	}
	t.Inputs = append(t.Inputs, s.kept(c)...)
	if len(c.Builds) > 0 && len(t.Outputs) == 0 {
		t.Inputs = nil // where it writes is unknown
	}
	t.Guessed = len(t.Outputs) > 0
	return t
}

// kept takes away what the tools of projects within those of c keep there for themselves,
// and git ignores: they may write it at any time. What programs and builds write may be
// an input of c.
func (s *steps) kept(c manifest.Command) (patterns []string) {
	for _, made := range slices.Sorted(maps.Keys(s.ignored)) {
		inside := func(dir string) bool { return dir == "." || strings.HasPrefix(made, dir+"/") }
		if slices.Contains(toolDirs, path.Base(made)) && !slices.Contains(c.Dirs, path.Dir(made)) && slices.ContainsFunc(c.Dirs, inside) {
			patterns = append(patterns, "!"+made+"/**")
		}
	}
	return patterns
}

// embeds says that the Go package in a directory, a module's, embeds what is in another
// there: no other package can.
func (s *steps) embeds(dir, name string) bool {
	files, _ := filepath.Glob(filepath.Join(s.layout.Path(dir), "*.go"))
	return slices.ContainsFunc(files, func(file string) bool {
		text, _ := os.ReadFile(file)
		return slices.ContainsFunc(tasks.EmbedPatterns(string(text)), func(pattern string) bool {
			first, _, _ := strings.Cut(pattern, "/")
			taken, _ := path.Match(first, name)
			return taken || first == "."
		})
	})
}

// uncached has go test run what it would call "(cached)": it knows nothing of files outside
// of the module, or of those that a child process of a test reads. Which tests need not run
// is said by the inputs alone.
const uncached = "-count=1"

// builtDirs are where builds of Node.js are used to write. Those that git ignores are
// the outputs of the build. No other directory is: what a program that runs writes in
// logs or tmp is not to be put back, or taken away.
var builtDirs = []string{"dist", "build", "out", ".next", ".nuxt", ".output", ".svelte-kit"}

// writtenDirs are where tools and programs are used to write. Those that git ignores
// hold no inputs.
var writtenDirs = slices.Concat(toolDirs, []string{"tmp", "logs"}, builtDirs)

// toolDirs are those of them where tools keep what is for themselves.
var toolDirs = []string{".turbo", ".cache", "coverage", "htmlcov", ".pytest_cache", ".ruff_cache", ".mypy_cache"}

// written are the directories of the projects that git ignores.
func written(ctx context.Context, w *app.Run, r manifest.Repository) map[string]bool {
	var paths []string
	for _, c := range r.Commands {
		for _, dir := range c.Dirs {
			for _, name := range writtenDirs {
				paths = append(paths, path.Join(dir, name)+"/")
			}
		}
	}
	slices.Sort(paths)
	ignored := map[string]bool{}
	if len(paths) == 0 {
		return ignored
	}
	text, _ := git.Ask(ctx, w.Environ, w.Root(), append([]string{"-c", "core.quotePath=false", "check-ignore", "--"}, slices.Compact(paths)...)...)
	for line := range strings.Lines(text) {
		ignored[path.Clean(strings.TrimSpace(line))] = true
	}
	return ignored
}

// install installs packages where those that are there are not what the lock file and
// the manifests say.
func (s *steps) install(i manifest.Install) func(context.Context, io.Writer) error {
	return func(ctx context.Context, out io.Writer) error {
		want, err := s.digest(i)
		if err != nil {
			return err
		}
		stamp := s.layout.Path(i.Modules, installed)
		if have, err := os.ReadFile(stamp); err == nil && string(have) == want {
			_, err := fmt.Fprintln(out, "the packages are those that are locked")
			return err
		}
		t := task.Task{Env: i.Env}
		_, _ = fmt.Fprintln(out, "$ "+strings.Join(i.Argv, " "))
		if err := local.Run(ctx, local.Command{Argv: i.Argv, Dir: s.layout.Path(i.Dir), Env: t.Environ(s.w.Environ), Stdout: out, Stderr: out, Whole: true}); err != nil {
			return err
		}
		if want, err = s.digest(i); err != nil { // it may have written a lock file
			return err
		}
		if _, err := os.Stat(s.layout.Path(i.Modules)); err != nil {
			return nil // there was nothing to install
		}
		return state.Write(stamp, []byte(want))
	}
}

// digest is of all that says which packages are installed.
func (s *steps) digest(i manifest.Install) (string, error) {
	h := sha256.New()
	for _, name := range i.Inputs {
		text, err := os.ReadFile(s.layout.Path(name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		_, _ = fmt.Fprintf(h, "%s %d\n%s", name, len(text), text)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
