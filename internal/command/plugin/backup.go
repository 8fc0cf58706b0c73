package plugin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/execute"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/pluginhost"
	"github.com/infinitescribe/spellbook/internal/plugins"
	"github.com/infinitescribe/spellbook/internal/units"
)

// backupList is the file that says what a backup is and what belongs to it.
const backupList = "spellbook-backup.json"

// backupDocument is the content of that file.
type backupDocument struct {
	Version     int               `json:"version"`
	Plugin      string            `json:"plugin"`
	PluginIs    string            `json:"plugin_version"`
	Project     string            `json:"project"`
	Environment string            `json:"environment,omitempty"`
	Made        string            `json:"made"` // RFC 3339, UTC
	Files       []pluginhost.File `json:"files"`
}

// Backup writes the data of a plugin's services into a new directory: all
// of it, checked by its sums, or nothing.
func Backup(ctx context.Context, w *app.Run, name, dir string) error {
	return withPlugin(ctx, w, name, pluginhostBackup, func(ctx context.Context, s *load.Session, p *pluginhost.Plugin) error {
		dir = w.CallerPath(dir)
		if _, err := os.Lstat(dir); err == nil {
			return failure.New(failure.Usage, "%s is there already", dir).WithHint("name a directory that is not: mage plugin:backup %s ./%s-2", name, name)
		}
		partial, err := os.MkdirTemp(filepath.Dir(dir), "."+filepath.Base(dir)+".partial-")
		if err != nil {
			return failure.New(failure.Preflight, "make a directory for the backup: %w", err)
		}
		defer func() { _ = os.RemoveAll(partial) }() // what did not become the backup
		made, err := backup(ctx, s, p, partial)
		if err != nil {
			return err
		}
		if err := os.Rename(partial, dir); err != nil {
			return fmt.Errorf("name the backup: %w", err)
		}
		err = w.Say("%s of %s is in %s: %s, %s\n→ mage plugin:restore %s %s\n", name, s.Project.Name, dir,
			units.Plural(len(made.Files), "file"), units.SizeOf(made.size()), name, dir)
		return err
	})
}

// backup lets the plugin write, and compares what it says with what is there.
func backup(ctx context.Context, s *load.Session, p *pluginhost.Plugin, dir string) (backupDocument, error) {
	run, err := execute.PluginRun(ctx, s, p, 0)
	if err != nil {
		return backupDocument{}, err
	}
	files, err := s.Plugins.Session().Backup(ctx, p, run, dir, plugins.PrintEvent(s.Run, p.Manifest.Name))
	if err != nil {
		return backupDocument{}, err
	}
	d := newBackup(s, p, files)
	return d, d.keep(dir)
}

// newBackup says what a backup is that is made now.
func newBackup(s *load.Session, p *pluginhost.Plugin, files []pluginhost.File) backupDocument {
	return backupDocument{Version: 1, Plugin: p.Manifest.Name, PluginIs: p.Manifest.Version, Project: s.Project.Name, Environment: s.Project.Env,
		Made: s.Run.Now().UTC().Format("2006-01-02T15:04:05Z"), Files: files}
}

// Restore puts a backup back. Nothing is asked of the plugin before every
// file was found to be what was written.
func Restore(ctx context.Context, w *app.Run, name, dir string, yes bool) error {
	return withPlugin(ctx, w, name, pluginhostBackup, func(ctx context.Context, s *load.Session, p *pluginhost.Plugin) error {
		d, dir, err := readBackup(w.CallerPath(dir), name)
		if err != nil {
			return err
		}
		if err := mayChange(ctx, s, p, "plugin:restore"); err != nil {
			return err
		}
		question := fmt.Sprintf("Restore %s of %s, made %s, into %s of %s", units.Plural(len(d.Files), "file"), d.Project, d.Made, name, s.Project.Name)
		if err := w.Confirm(ctx, question, yes); err != nil {
			return err
		}
		run, err := execute.PluginRun(ctx, s, p, 0)
		if err != nil {
			return err
		}
		if err := s.Plugins.Session().Restore(ctx, p, run, dir, plugins.PrintEvent(w, name)); err != nil {
			return err
		}
		return w.Say("%s of %s is as it was at %s\n", name, s.Project.Name, d.Made)
	})
}

// mayChange refuses what is deployed, and what is somebody else's.
func mayChange(ctx context.Context, s *load.Session, p *pluginhost.Plugin, target string) error {
	if err := notDeployed(ctx, s, p, target); err != nil {
		return err
	}
	state, err := s.Observe(ctx)
	if err != nil {
		return err
	}
	_, err = load.Touchable(ctx, s, state)
	return err
}

// readBackup reads and verifies a backup of a plugin. It is in the directory that
// is returned: dir may be a link, which a plugin need not follow.
func readBackup(dir, name string) (d backupDocument, at string, err error) {
	if at, err = filepath.EvalSymlinks(dir); err != nil {
		at = dir
	}
	data, err := os.ReadFile(filepath.Join(at, backupList))
	if err == nil {
		err = json.Unmarshal(data, &d)
	}
	switch {
	case errors.Is(err, os.ErrNotExist):
		return d, at, failure.New(failure.Preflight, "%s is no backup: it has no %s", dir, backupList).WithHint("mage plugin:backup %s DIRECTORY makes one", name)
	case err != nil || d.Version != 1:
		return d, at, failure.New(failure.Preflight, "%s cannot be read: it is not what plugin:backup wrote", filepath.Join(dir, backupList))
	case d.Plugin != name:
		return d, at, failure.New(failure.Usage, "%s is a backup of plugin %q", dir, d.Plugin).WithHint("mage plugin:restore %s %s", d.Plugin, dir)
	}
	return d, at, d.verify(at)
}
