package plugins

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/host/local"
	"github.com/infinitescribe/spellbook/internal/pluginhost"
	"github.com/infinitescribe/spellbook/internal/project"
)

// Module is the module that has the built-in plugins and the targets.
const Module = "github.com/infinitescribe/spellbook"

// SDK is the module that a plugin in Go requires.
const SDK = Module + "/plugins/sdk"

// Host is where the plugins of a repository come from. It launches none.
func Host(ctx context.Context, w *app.Run, l project.Layout) (*pluginhost.Host, error) {
	module, err := ownModule(ctx, w, l)
	if err != nil {
		return nil, err
	}
	return &pluginhost.Host{Root: l.Root, Dir: projectDir(l), Module: module, Cache: cacheDir(w, l), Environ: w.Environ, Unlocked: w.NoteUnlocked,
		Log: func(line pluginhost.Line) { PrintLine(w, line) }, Now: w.Now, Standing: Variables(w, l), Places: Places(l, w.Environ)}, nil
}

// projectDir is what the Compose CLI takes paths relative to: where the first of
// its files lies.
func projectDir(l project.Layout) string {
	if len(l.Files) > 0 {
		return filepath.Dir(l.Path(l.Files[0]))
	}
	return l.Path(l.ComposeDir)
}

// cacheDir is of this machine and user.
func cacheDir(w *app.Run, l project.Layout) string {
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
func ownModule(ctx context.Context, w *app.Run, l project.Layout) (string, error) {
	if _, file, _, ok := runtime.Caller(0); ok && filepath.IsAbs(file) {
		dir := filepath.Dir(filepath.Dir(filepath.Dir(file)))
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
	}
	m, err := RequirementOf(ctx, w, l, Module)
	return m.Dir, err
}

// Names are the plugins that are enabled, in the order in which they are
// named. It reads the environment that is active, and launches nothing.
func Names(w *app.Run, l project.Layout) ([]string, error) {
	e, err := w.Environment(app.EnvDirs(l))
	return Enabled(w, e), err
}

// Enabled are the plugins that the shell or else an environment names.
func Enabled(w *app.Run, e environ.Environment) []string {
	value, ok := w.LookupEnv(environ.EnabledPlugins)
	if !ok {
		value = e.Values(w.LookupEnv)[environ.EnabledPlugins]
	}
	return Split(value)
}

// Split takes commas and blanks; a name counts once.
func Split(value string) (names []string) {
	for _, name := range strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' }) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// NotFound is the error for a name that no plugin has, with those that are
// near.
func NotFound(name string, all []string) error {
	f := failure.New(failure.Usage, "no plugin %q", name)
	if near := failure.Nearest(name, all); near != "" {
		return f.WithHint("did you mean %s? mage plugin:list shows all", near)
	}
	return f.WithHint("mage plugin:list shows all, mage plugin:new %s begins one", name)
}

// GoCommand runs the go command in a directory and gives what it prints.
func GoCommand(ctx context.Context, w *app.Run, dir string, args ...string) (string, error) {
	var out, errs strings.Builder
	argv := append([]string{cmp.Or(w.Getenv("MAGEFILE_GOCMD"), "go")}, args...)
	err := local.Run(ctx, local.Command{Argv: argv, Dir: dir, Env: w.Environ, Stdout: &out, Stderr: &errs})
	if err != nil && ctx.Err() == nil {
		lines := strings.Split(strings.TrimSpace(errs.String()), "\n")
		return "", failure.New(failure.Preflight, "%s: %w", strings.Join(argv, " "), err).WithDetails(lines[:min(len(lines), 20)]...)
	}
	return out.String(), err
}

// Requirement is how a repository requires a module.
type Requirement struct {
	Version string
	Dir     string
	Main    bool // of its workspace
	Replace *struct{ Path, Version, Dir string }
}

// RequirementOf asks the go command, in the root or beside the magefiles.
func RequirementOf(ctx context.Context, w *app.Run, l project.Layout, module string) (r Requirement, err error) {
	for _, dir := range []string{l.Path("magefiles"), l.Root} {
		if _, missing := os.Stat(dir); missing != nil {
			continue
		}
		var text string
		if text, err = GoCommand(ctx, w, dir, "list", "-m", "-json", module); err == nil {
			return r, json.Unmarshal([]byte(text), &r)
		}
	}
	return r, err
}

// PrintEvent writes what a plugin tells besides its output to standard error.
func PrintEvent(w *app.Run, name string) func(pluginhost.Event) {
	return func(e pluginhost.Event) {
		switch {
		case e.Line != nil:
			PrintLine(w, *e.Line)
		case e.Resource != nil:
			w.Tell("%s: %s %s %s", name, e.Resource.Kind, e.Resource.Name, e.Resource.Change)
		case e.Progress != nil:
			w.Tell("%s: %s%s", name, e.Progress.Text, parts(*e.Progress))
		}
	}
}

func parts(p pluginhost.Progress) string {
	if p.Total == 0 {
		return ""
	}
	return fmt.Sprintf(" (%d of %d)", p.Done, p.Total)
}

// PrintLine writes a log line of a plugin with its level and name. What only
// its author wants to know is left out, unless SPELLBOOK_DEBUG is set.
func PrintLine(w *app.Run, l pluginhost.Line) {
	level := strings.ToLower(l.Level)
	if (level == "debug" || level == "trace") && w.Getenv("SPELLBOOK_DEBUG") == "" {
		return
	}
	text := fmt.Sprintf("%s: %s: %s", l.Plugin, level, l.Message)
	for _, key := range slices.Sorted(maps.Keys(l.Fields)) {
		text += fmt.Sprintf(" %s=%s", key, l.Fields[key])
	}
	w.Tell("%s", text)
}

// FirstLine is the first line of an error's text.
func FirstLine(err error) string {
	if err == nil {
		return "not found"
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	return text
}
