package plugin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/pluginhost"
	"github.com/infinitescribe/spellbook/internal/plugins"
)

// pluginhostBackup is the capability that backups need.
const pluginhostBackup = "backup"

// withPlugin opens the stack for a plugin that is enabled and has a capability,
// "" for any.
func withPlugin(ctx context.Context, w *app.Run, name, capability string, do func(context.Context, *load.Session, *pluginhost.Plugin) error) error {
	return w.Guard(ctx, func(ctx context.Context) error {
		names, err := plugins.Names(w, w.ProjectLayout())
		if err != nil {
			return err
		}
		if !slices.Contains(names, name) {
			return notEnabled(name)
		}
		s, err := load.Open(ctx, w, load.Options{Profiles: []string{"*"}})
		if err != nil {
			return err
		}
		defer s.Close()
		p, ok := s.Plugins.Plugin(name)
		if !ok {
			return notEnabled(name)
		}
		if capability != "" && !p.Manifest.Can(capability) {
			return failure.New(failure.Usage, "plugin %s has no %s", name, capability).WithHint("mage plugin:info %s says what it can", name)
		}
		return s.Explained(do(ctx, s, p))
	})
}

// verify compares every file with its sum. What is there and not listed is no
// part of what was written: a plugin might read it back all the same.
func (d backupDocument) verify(dir string) error {
	if err := d.listsAll(dir); err != nil {
		return err
	}
	for _, f := range d.Files {
		if !filepath.IsLocal(filepath.FromSlash(f.Path)) {
			return failure.New(failure.Preflight, "the backup lists %q, which is not in its directory", f.Path)
		}
		sum, size, err := sumOf(filepath.Join(dir, filepath.FromSlash(f.Path)))
		if err != nil {
			return failure.New(failure.Preflight, "read the backup: %w", err)
		}
		if sum != f.SHA256 || size != f.Size {
			return failure.New(failure.Preflight, "%s of the backup is not what was written", f.Path).
				WithDetails("sha256 "+f.SHA256+", "+fmt.Sprint(f.Size)+" bytes written", "sha256 "+sum+", "+fmt.Sprint(size)+" bytes found").
				WithHint("use another backup")
		}
	}
	return nil
}

// listsAll refuses what is no file, and a file that is not listed.
func (d backupDocument) listsAll(dir string) error {
	listed := map[string]bool{backupList: true}
	for _, f := range d.Files {
		listed[f.Path] = true
	}
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return failure.New(failure.Preflight, "read the backup: %w", err)
		}
		name, err := filepath.Rel(dir, path)
		if err != nil || entry.IsDir() {
			return err
		}
		if name = filepath.ToSlash(name); listed[name] && entry.Type().IsRegular() {
			return nil
		}
		return failure.New(failure.Preflight, "the backup has %s, which %s does not list as a file", name, backupList).
			WithHint("remove it, or use another backup")
	})
}

func (d backupDocument) size() (total int64) {
	for _, f := range d.Files {
		total += f.Size
	}
	return total
}

func sumOf(path string) (sum string, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer func() { _ = f.Close() }()
	hash := sha256.New()
	size, err = io.Copy(hash, f)
	return hex.EncodeToString(hash.Sum(nil)), size, err
}
