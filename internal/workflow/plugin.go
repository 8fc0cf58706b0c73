package workflow

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/host/local"
	"github.com/infinitescribe/spellbook/internal/pluginhost"
	"github.com/infinitescribe/spellbook/internal/project"
)

// spellbook is the module that has the built-in plugins and the targets.
const spellbook = "github.com/infinitescribe/spellbook"

// shelf is what the plugin targets work on: the environments, and the plugins
// that there are.
type shelf struct {
	*desk
	host *pluginhost.Host
}

// atShelf runs a plugin target.
func (w *Workflow) atShelf(ctx context.Context, do func(context.Context, *shelf) error) error {
	return w.atDesk(ctx, func(ctx context.Context, d *desk) error {
		h, err := w.pluginHost(ctx, d.layout)
		if err != nil {
			return err
		}
		return do(ctx, &shelf{desk: d, host: h})
	})
}

// pluginHost is where the plugins of a repository come from. It launches none.
func (w *Workflow) pluginHost(ctx context.Context, l project.Layout) (*pluginhost.Host, error) {
	module, err := w.ownModule(ctx, l)
	if err != nil {
		return nil, err
	}
	return &pluginhost.Host{Root: l.Root, Dir: projectDir(l), Module: module, Cache: w.pluginCache(l), Environ: w.Environ,
		Log: func(line pluginhost.Line) { w.pluginLine(line) }, Now: w.Now, Standing: w.standing(l), Places: places(l)}, nil
}

// projectDir is what the Compose CLI takes paths relative to: where the first of
// its files lies.
func projectDir(l project.Layout) string {
	if len(l.Files) > 0 {
		return filepath.Dir(l.Path(l.Files[0]))
	}
	return l.Path(l.ComposeDir)
}

// pluginCache is of this machine and user.
func (w *Workflow) pluginCache(l project.Layout) string {
	dir := w.Getenv("SPELLBOOK_CACHE")
	if dir == "" && w.Getenv("XDG_CACHE_HOME") != "" {
		dir = filepath.Join(w.Getenv("XDG_CACHE_HOME"), "spellbook")
	}
	if dir == "" && w.Getenv("HOME") != "" {
		dir = filepath.Join(w.Getenv("HOME"), ".cache", "spellbook")
	}
	if dir == "" {
		dir = l.Path(l.StateDir, "cache")
	}
	return filepath.Join(dir, "plugins")
}

// ownModule is the directory of Spellbook's module: what this was compiled
// from, or where its paths were trimmed, what the go command says.
func (w *Workflow) ownModule(ctx context.Context, l project.Layout) (string, error) {
	if _, file, _, ok := runtime.Caller(0); ok && filepath.IsAbs(file) {
		dir := filepath.Dir(filepath.Dir(filepath.Dir(file)))
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
	}
	m, err := w.requirement(ctx, l)
	return m.Dir, err
}

// pluginNames are the plugins that are enabled, in the order in which they are
// named. It reads the environment that is active, and launches nothing.
func (w *Workflow) pluginNames(l project.Layout) ([]string, error) {
	d := &desk{w: w, layout: l, dirs: dirs(l)}
	e, err := d.current()
	return d.enabled(e), err
}

// enabled are the plugins that the shell or else an environment names.
func (d *desk) enabled(e environ.Environment) []string {
	value, ok := d.shell(environ.EnabledPlugins)
	if !ok {
		value = e.Values(d.shell)[environ.EnabledPlugins]
	}
	return splitPlugins(value)
}

// splitPlugins takes commas and blanks; a name counts once.
func splitPlugins(value string) (names []string) {
	for _, name := range strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' }) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// known are the plugins that there are, by name.
func (s *shelf) known() (map[string]pluginhost.Entry, error) {
	entries, err := s.host.Known()
	if err != nil {
		return nil, err
	}
	all := make(map[string]pluginhost.Entry, len(entries))
	for _, e := range entries {
		all[e.Name] = e
	}
	return all, nil
}

// find builds and verifies one plugin; an unknown name is the user's slip.
func (s *shelf) find(ctx context.Context, name string) (*pluginhost.Plugin, error) {
	if err := s.exists(name); err != nil {
		return nil, err
	}
	list, err := s.host.Resolve(ctx, []string{name})
	if err != nil {
		return nil, err
	}
	if len(list) != 1 {
		return nil, errors.New("resolve plugin: not exactly one for one name")
	}
	return list[0], nil
}

// program is the file of one plugin, whose manifest may be refused.
func (s *shelf) program(ctx context.Context, name string) (string, error) {
	if err := s.exists(name); err != nil {
		return "", err
	}
	return s.host.Program(ctx, name)
}

func (s *shelf) exists(name string) error {
	all, err := s.known()
	if err != nil {
		return err
	}
	if _, ok := all[name]; !ok {
		return noPlugin(name, slices.Sorted(maps.Keys(all)))
	}
	return nil
}

func noPlugin(name string, all []string) error {
	f := failure.New(failure.Usage, "no plugin %q", name)
	if near := failure.Nearest(name, all); near != "" {
		return f.WithHint("did you mean %s? mage plugin:list shows all", near)
	}
	return f.WithHint("mage plugin:list shows all, mage plugin:new %s begins one", name)
}

// goCommand runs the go command in a directory and gives what it prints.
func (w *Workflow) goCommand(ctx context.Context, dir string, args ...string) (string, error) {
	var out, errs strings.Builder
	argv := append([]string{first(w.Getenv("MAGEFILE_GOCMD"), "go")}, args...)
	err := local.Run(ctx, local.Command{Argv: argv, Dir: dir, Env: w.Environ, Stdout: &out, Stderr: &errs})
	if err != nil && ctx.Err() == nil {
		lines := strings.Split(strings.TrimSpace(errs.String()), "\n")
		return "", failure.New(failure.Preflight, "%s: %w", strings.Join(argv, " "), err).WithDetails(lines[:min(len(lines), 20)]...)
	}
	return out.String(), err
}
