package plugin

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
	"github.com/infinitescribe/spellbook/internal/pluginhost/scaffold"
	"github.com/infinitescribe/spellbook/internal/state"
)

// Sync writes the package that makes the plugins' commands targets of
// Mage; with check it changes nothing, and fails where it would.
func Sync(ctx context.Context, w *app.Run, check bool) error {
	return load.WithPlugins(ctx, w, func(ctx context.Context, s *load.PluginContext) error {
		manifests, err := manifests(ctx, s)
		if err != nil {
			return err
		}
		g, err := shims(ctx, s, manifests)
		if err != nil {
			return err
		}
		if check {
			return g.check(w)
		}
		return g.write(w)
	})
}

// manifests are those of all plugins that there are, enabled or not.
func manifests(ctx context.Context, s *load.PluginContext) ([]manifest.Manifest, error) {
	all, err := s.Known()
	if err != nil {
		return nil, err
	}
	names := slices.Sorted(maps.Keys(all))
	list, err := s.Host.Resolve(ctx, names)
	if err != nil {
		return nil, err
	}
	targets, err := targetNames(s)
	if err != nil {
		return nil, err
	}
	manifests := make([]manifest.Manifest, 0, len(list))
	for _, p := range list {
		if err := clash(p.Manifest.Name, targets); err != nil {
			return nil, err
		}
		manifests = append(manifests, p.Manifest)
	}
	return manifests, nil
}

// generation is what the generated files should be, against those that are.
type generation struct {
	dir                    string // the directory of the magefiles, as messages show it
	root                   string
	changed, stale, fitted []string          // paths relative to the root
	texts                  map[string]string // of changed
}

// shims compares. Files that somebody wrote by hand are not in it.
func shims(ctx context.Context, s *load.PluginContext, manifests []manifest.Manifest) (*generation, error) {
	files, err := scaffold.Shims(manifests)
	if err != nil {
		return nil, err
	}
	at := magefiles(s)
	g := &generation{dir: at, root: s.Layout.Root, texts: map[string]string{}}
	targets := len(files) > 1 // one is the package's comment
	for _, f := range files {
		g.want(path.Join(at, "plugins", f.Path), f.Text)
	}
	if err := importShims(ctx, s, g, at, targets); err != nil {
		return nil, err
	}
	return g, g.findStale(at)
}

// importShims: without a line of the user's own that imports the package, a
// magefile of its own does. Mage refuses a package that has no targets.
func importShims(ctx context.Context, s *load.PluginContext, g *generation, at string, targets bool) error {
	module, err := moduleOf(ctx, s, at)
	if err != nil {
		return err
	}
	pkg := path.Join(module, "plugins")
	imported, err := importsPackage(s.Layout.Path(at), pkg)
	if err != nil || imported || !targets {
		return err
	}
	f, err := scaffold.Import(pkg)
	if err == nil {
		g.want(path.Join(at, f.Path), f.Text)
	}
	return err
}

// want notes whether a file is as it should be.
func (g *generation) want(name, text string) {
	g.fitted = append(g.fitted, name)
	have, err := os.ReadFile(filepath.Join(g.root, filepath.FromSlash(name)))
	if err != nil || string(have) != text {
		g.changed = append(g.changed, name)
		g.texts[name] = text
	}
}

// findStale finds generated files that are not wanted any more.
func (g *generation) findStale(at string) error {
	for _, pattern := range []string{path.Join(at, "plugins", "*.go"), path.Join(at, "plugins.go")} {
		list, err := filepath.Glob(filepath.Join(g.root, filepath.FromSlash(pattern)))
		if err != nil {
			return err
		}
		for _, file := range list {
			name := path.Join(path.Dir(pattern), filepath.Base(file))
			if !slices.Contains(g.fitted, name) && isGenerated(file) {
				g.stale = append(g.stale, name)
			}
		}
	}
	return nil
}

func isGenerated(file string) bool {
	text, err := os.ReadFile(file)
	return err == nil && strings.Contains(string(text), scaffold.Generated+"\n")
}

// check fails with what is out of date and what to type.
func (g *generation) check(w *app.Run) error {
	if len(g.changed)+len(g.stale) == 0 {
		return w.Say("%s/plugins is up to date\n", g.dir)
	}
	f := failure.New(failure.Preflight, "%s/plugins is not what the plugins declare", g.dir).WithHint("mage plugin:sync")
	for _, name := range g.changed {
		f = f.WithDetails("differs: " + name)
	}
	for _, name := range g.stale {
		f = f.WithDetails("has no plugin: " + name)
	}
	return f
}

func (g *generation) write(w *app.Run) error {
	for _, name := range g.changed {
		file := filepath.Join(g.root, filepath.FromSlash(name))
		if have, err := os.ReadFile(file); err == nil && !strings.Contains(string(have), scaffold.Generated+"\n") {
			return failure.New(failure.Preflight, "%s is in the way of a generated file: %d bytes that nobody generated", name, len(have)).
				WithHint("move it, then mage plugin:sync")
		}
		if err := writeFile(file, g.texts[name]); err != nil {
			return err
		}
		_ = w.Say("wrote %s\n", name)
	}
	for _, name := range g.stale {
		if err := os.Remove(filepath.Join(g.root, filepath.FromSlash(name))); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		_ = w.Say("removed %s\n", name)
	}
	if len(g.changed)+len(g.stale) == 0 {
		return g.check(w)
	}
	return nil
}

// writeFile writes in one move, so that a build beside it sees no half file.
func writeFile(file, text string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return fmt.Errorf("make the directory of %s: %w", file, err)
	}
	return state.WriteMode(file, []byte(text), 0o644)
}
