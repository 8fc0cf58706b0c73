package workflow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/pluginhost"
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

// PluginBackup writes the data of a plugin's services into a new directory: all
// of it, checked by its sums, or nothing.
func (w *Workflow) PluginBackup(ctx context.Context, name, dir string) error {
	return w.withPlugin(ctx, name, pluginhostBackup, func(ctx context.Context, s *session, p *pluginhost.Plugin) error {
		dir = w.seen(dir)
		if _, err := os.Lstat(dir); err == nil {
			return failure.New(failure.Usage, "%s is there already", dir).WithHint("name a directory that is not: mage plugin:backup %s ./%s-2", name, name)
		}
		partial, err := os.MkdirTemp(filepath.Dir(dir), "."+filepath.Base(dir)+".partial-")
		if err != nil {
			return failure.New(failure.Preflight, "make a directory for the backup: %w", err)
		}
		defer func() { _ = os.RemoveAll(partial) }() // what did not become the backup
		made, err := s.backup(ctx, p, partial)
		if err != nil {
			return err
		}
		if err := os.Rename(partial, dir); err != nil {
			return fmt.Errorf("name the backup: %w", err)
		}
		_, err = fmt.Fprintf(w.Out, "%s of %s is in %s: %s, %s\n→ mage plugin:restore %s %s\n", name, s.project.Name, dir,
			plural(len(made.Files), "file"), sizeOf(made.size()), name, dir)
		return err
	})
}

// backup lets the plugin write, and compares what it says with what is there.
func (s *session) backup(ctx context.Context, p *pluginhost.Plugin, dir string) (backupDocument, error) {
	run, err := s.pluginRun(ctx, p, 0)
	if err != nil {
		return backupDocument{}, err
	}
	files, err := s.plugged.session().Backup(ctx, p, run, dir, s.w.tellPlugin(p.Manifest.Name))
	if err != nil {
		return backupDocument{}, err
	}
	d := backupDocument{Version: 1, Plugin: p.Manifest.Name, PluginIs: p.Manifest.Version, Project: s.project.Name, Environment: s.project.Env,
		Made: s.w.Now().UTC().Format("2006-01-02T15:04:05Z"), Files: files}
	if err := d.verify(dir); err != nil {
		return d, err
	}
	data, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return d, err
	}
	return d, os.WriteFile(filepath.Join(dir, backupList), append(data, '\n'), 0o600)
}

// PluginRestore puts a backup back. Nothing is asked of the plugin before every
// file was found to be what was written.
func (w *Workflow) PluginRestore(ctx context.Context, name, dir string, yes bool) error {
	return w.withPlugin(ctx, name, pluginhostBackup, func(ctx context.Context, s *session, p *pluginhost.Plugin) error {
		dir = w.seen(dir)
		d, err := readBackup(dir, name)
		if err != nil {
			return err
		}
		state, err := s.observe(ctx)
		if err != nil {
			return err
		}
		if _, err := s.touchable(ctx, state); err != nil {
			return err
		}
		question := fmt.Sprintf("Restore %s of %s, made %s, into %s of %s", plural(len(d.Files), "file"), d.Project, d.Made, name, s.project.Name)
		if err := w.confirm(ctx, question, yes); err != nil {
			return err
		}
		run, err := s.pluginRun(ctx, p, 0)
		if err != nil {
			return err
		}
		if err := s.plugged.session().Restore(ctx, p, run, dir, w.tellPlugin(name)); err != nil {
			return err
		}
		_, err = fmt.Fprintf(w.Out, "%s of %s is as it was at %s\n", name, s.project.Name, d.Made)
		return err
	})
}

// readBackup reads and verifies a backup of a plugin.
func readBackup(dir, name string) (backupDocument, error) {
	var d backupDocument
	data, err := os.ReadFile(filepath.Join(dir, backupList))
	if err == nil {
		err = json.Unmarshal(data, &d)
	}
	switch {
	case errors.Is(err, os.ErrNotExist):
		return d, failure.New(failure.Preflight, "%s is no backup: it has no %s", dir, backupList).WithHint("mage plugin:backup %s DIRECTORY makes one", name)
	case err != nil || d.Version != 1:
		return d, failure.New(failure.Preflight, "%s cannot be read: it is not what plugin:backup wrote", filepath.Join(dir, backupList))
	case d.Plugin != name:
		return d, failure.New(failure.Usage, "%s is a backup of plugin %q", dir, d.Plugin).WithHint("mage plugin:restore %s %s", d.Plugin, dir)
	}
	return d, d.verify(dir)
}
