package plugin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
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
	name, err := d.unlisted(dir)
	if err != nil {
		return err
	}
	if name != "" {
		return failure.New(failure.Preflight, "the backup has %s, which %s does not list as a file", name, backupList).
			WithHint("remove it, or use another backup")
	}
	return d.sums(dir, "use another backup")
}

// keep compares what the plugin has written with what it says of it, and writes
// the list. Nothing of it is the user's to mend.
func (d backupDocument) keep(dir string) error {
	name, err := d.unlisted(dir)
	if err != nil {
		return err
	}
	again := fmt.Sprintf("correct the plugin, then mage plugin:test %s -live", d.Plugin)
	if name != "" {
		return failure.New(failure.Unexpected, "plugin %q, backup: it has written %s, and does not list it as a file", d.Plugin, name).WithHint("%s", again)
	}
	if err := d.sums(dir, again); err != nil {
		return err
	}
	if _, err := os.Lstat(filepath.Join(dir, backupList)); err == nil {
		return failure.New(failure.Unexpected, "plugin %q, backup: it has written %s, which is to be the list of its files", d.Plugin, backupList).WithHint("%s", again)
	}
	data, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, backupList), append(data, '\n'), 0o600)
}

// sums compares the files that are listed with size and sum.
func (d backupDocument) sums(dir, hint string) error {
	for _, f := range d.Files {
		if !filepath.IsLocal(filepath.FromSlash(f.Path)) {
			return failure.New(failure.Preflight, "the backup lists %q, which is not in its directory", f.Path).WithHint("%s", hint)
		}
		sum, size, err := sumOf(filepath.Join(dir, filepath.FromSlash(f.Path)))
		if err != nil {
			return failure.New(failure.Preflight, "read the backup: %w", err).WithHint("%s", hint)
		}
		if sum != f.SHA256 || size != f.Size {
			return failure.New(failure.Preflight, "%s of the backup is not what was written", f.Path).
				WithDetails("sha256 "+f.SHA256+", "+fmt.Sprint(f.Size)+" bytes written", "sha256 "+sum+", "+fmt.Sprint(size)+" bytes found").
				WithHint("%s", hint)
		}
	}
	return nil
}

// unlisted is the first that is no file, or that is not listed; "" where there
// is none.
func (d backupDocument) unlisted(dir string) (name string, err error) {
	listed := map[string]bool{backupList: true}
	for _, f := range d.Files {
		listed[path.Clean(f.Path)] = true
	}
	err = filepath.WalkDir(dir, func(at string, entry fs.DirEntry, err error) error {
		if err != nil {
			return failure.New(failure.Preflight, "read the backup: %w", err)
		}
		rel, err := filepath.Rel(dir, at)
		if err != nil || entry.IsDir() {
			return err
		}
		if rel = filepath.ToSlash(rel); listed[rel] && entry.Type().IsRegular() {
			return nil
		}
		name = rel
		return fs.SkipAll
	})
	return name, err
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
