package plugin

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/pluginhost"
	"github.com/infinitescribe/spellbook/internal/plugins"
)

// AddOptions are the source and the flags of plugin:add.
type AddOptions struct {
	Source string   // MODULE@VERSION, or the path of a binary
	Grant  []string // permissions
	Yes    bool
}

// Add writes a plugin of somebody else into the lock. It shows what the
// plugin may do and what changes before it asks.
func Add(ctx context.Context, w *app.Run, o AddOptions) error {
	return load.WithPlugins(ctx, w, func(ctx context.Context, s *load.PluginContext) error {
		source, err := s.Host.ParseSource(fromRoot(s, o.Source))
		if err != nil {
			return err
		}
		source.Grant = slices.DeleteFunc(slices.Clone(o.Grant), func(key string) bool { return key == "" })
		// There is no manifest but what the program says: it runs before anybody trusts it.
		w.Tell("note: %s runs as you to say what it is, before you are asked whether you trust it", o.Source)
		c, err := s.Host.Add(ctx, source)
		if err != nil {
			return err
		}
		targets, err := targetNames(s)
		if err != nil {
			return err
		}
		if err := clash(c.Manifest.Name, targets); err != nil {
			return err
		}
		return add(ctx, s, c, o.Yes)
	})
}

// fromRoot is a path as every checkout has it, seen from the root, where the
// user meant it from where they are. Anything else is a module.
func fromRoot(s *load.PluginContext, text string) string {
	path := s.Run.CallerPath(text)
	if _, err := os.Stat(path); filepath.IsAbs(text) || s.Run.CallerDir() == s.Layout.Root || err != nil && !strings.HasPrefix(text, ".") {
		return text
	}
	rel, err := filepath.Rel(s.Layout.Root, path)
	if err != nil {
		return path
	}
	if !strings.HasPrefix(rel, ".") {
		rel = "./" + rel
	}
	return filepath.ToSlash(rel)
}

func add(ctx context.Context, s *load.PluginContext, c pluginhost.Change, yes bool) error {
	name := c.Manifest.Name
	if c.Old != nil && unchanged(*c.Old, *c.New) {
		return s.Run.Say("%s is in %s already, as it is\n", name, pluginhost.LockFile)
	}
	_ = s.Run.Say("%s %s: %s\n%s\n", name, c.Manifest.Version, c.Manifest.Summary, strings.Join(c.Lines(), "\n"))
	s.Run.Tell("note: a plugin runs as you; permissions bound what its services may do, not its program")
	if err := s.Run.Confirm(ctx, "Trust "+name, yes); err != nil {
		return err
	}
	if err := s.Host.Apply(ctx, c); err != nil {
		return err
	}
	return s.Run.Say("%s is in %s: commit it\n→ mage plugin:sync, mage plugin:enable %s\n", name, pluginhost.LockFile, name)
}

// unchanged compares two entries as the lock would have them.
func unchanged(a, b pluginhost.Locked) bool {
	one, err1 := pluginhost.Lock{Plugins: []pluginhost.Locked{a}}.Text()
	other, err2 := pluginhost.Lock{Plugins: []pluginhost.Locked{b}}.Text()
	return err1 == nil && err2 == nil && string(one) == string(other)
}

// Remove takes a plugin of somebody else out of the lock.
func Remove(ctx context.Context, w *app.Run, name string) error {
	return load.WithPlugins(ctx, w, func(ctx context.Context, s *load.PluginContext) error {
		c, err := s.Host.Remove(name)
		if err != nil {
			return err
		}
		if err := s.Host.Apply(ctx, c); err != nil {
			return err
		}
		if e, err := s.Current(); err == nil && slices.Contains(plugins.Enabled(s.Run, e), name) {
			w.Tell("note: %s is enabled still: mage plugin:disable %s", name, name)
		}
		return w.Say("%s\n%s is no longer in %s\n→ mage plugin:sync\n", strings.Join(c.Lines(), "\n"), name, pluginhost.LockFile)
	})
}
