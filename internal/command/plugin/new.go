package plugin

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/pluginhost/scaffold"
	"github.com/infinitescribe/spellbook/internal/plugins"
)

// New writes a new plugin into plugins/NAME: a package of Spellbook's own
// module, or in another repository a module that requires the SDK as the
// repository itself does.
func New(ctx context.Context, w *app.Run, name string) error {
	return load.WithPlugins(ctx, w, func(ctx context.Context, s *load.PluginContext) error {
		if err := mayBe(s, name); err != nil {
			return err
		}
		files, err := scaffold.New(name)
		if err != nil {
			return err
		}
		dir := path.Join("plugins", name)
		for _, f := range files {
			if err := writeFile(s.Layout.Path(dir, f.Path), f.Text); err != nil {
				return err
			}
		}
		if !isOwn(s) {
			if err := module(ctx, s, dir, name); err != nil {
				return errors.Join(err, os.RemoveAll(s.Layout.Path(dir)))
			}
		}
		err = w.Say("wrote %s\n→ mage plugin:test %s, mage plugin:sync, mage plugin:enable %s\n", dir, name, name)
		return err
	})
}

// mayBe refuses a name that somebody else has, and a directory that is there.
func mayBe(s *load.PluginContext, name string) error {
	if err := scaffold.CheckName(name); err != nil {
		return err
	}
	all, err := s.Known()
	if err != nil {
		return err
	}
	if e, ok := all[name]; ok {
		return failure.New(failure.Usage, "there is a plugin %q already: %s, %s", name, e.Kind, where(s, e.Source)).WithHint("take another name")
	}
	if _, err := os.Lstat(s.Layout.Path("plugins", name)); !errors.Is(err, fs.ErrNotExist) {
		return failure.New(failure.Usage, "plugins/%s is there already", name).WithHint("take another name, or remove that directory")
	}
	targets, err := targetNames(s)
	if err != nil {
		return err
	}
	return clash(name, targets)
}

// isOwn: this is Spellbook's own repository.
func isOwn(s *load.PluginContext) bool {
	mine, err := os.Stat(s.Host.Module)
	if err != nil {
		return false
	}
	here, err := os.Stat(s.Layout.Root)
	return err == nil && os.SameFile(mine, here)
}

// module writes the plugin's go.mod: it requires the SDK, and nothing else of
// Spellbook, in the version, and with the replacement, of the repository.
func module(ctx context.Context, s *load.PluginContext, dir, name string) error {
	r, err := plugins.RequirementOf(ctx, s.Run, s.Layout, plugins.SDK)
	if err != nil {
		return err
	}
	root, err := moduleOf(ctx, s, ".")
	if err != nil {
		return err
	}
	at := s.Layout.Path(dir)
	quiet := *s.Run
	quiet.Environ = append(append([]string{}, s.Run.Environ...), "GOWORK=off")
	edit := []string{"mod", "edit", "-require=" + plugins.SDK + "@" + cmp.Or(r.Version, "v0.0.0")}
	if r.Replace != nil || r.Main {
		edit = append(edit, "-replace="+plugins.SDK+"="+replacement(at, r))
	}
	// The sums that the repository knows need not be asked for.
	if sums, err := os.ReadFile(s.Layout.Path("go.sum")); err == nil {
		if err := writeFile(filepath.Join(at, "go.sum"), string(sums)); err != nil {
			return err
		}
	}
	for _, args := range [][]string{{"mod", "init", path.Join(root, "plugins", name)}, edit, {"mod", "tidy"}} {
		if _, err := plugins.GoCommand(ctx, &quiet, at, args...); err != nil {
			return err
		}
	}
	return nil
}

// replacement is that of the repository, seen from the plugin's directory.
func replacement(from string, r plugins.Requirement) string {
	dir := r.Dir
	if r.Replace != nil {
		if r.Replace.Version != "" {
			return r.Replace.Path + "@" + r.Replace.Version
		}
		if filepath.IsAbs(r.Replace.Path) {
			return r.Replace.Path
		}
		dir = r.Replace.Dir
	}
	if relative, err := filepath.Rel(resolved(from), resolved(dir)); err == nil {
		return filepath.ToSlash(relative) // with ../ first: nothing of Spellbook lies in a plugin's directory
	}
	return dir
}

// resolved is a directory without symbolic links, through which ../ would lead
// elsewhere.
func resolved(dir string) string {
	if path, err := filepath.EvalSymlinks(dir); err == nil {
		return path
	}
	return dir
}
