package plugin

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/pluginhost"
)

func TestABackupIsTheFilesThatItListsAndNoOthers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		add  func(dir string) error
		says string // "" is a whole backup
	}{
		"as it was written":  {add: func(string) error { return nil }},
		"an empty directory": {add: func(dir string) error { return os.Mkdir(filepath.Join(dir, "empty"), 0o755) }},
		"a file": {add: func(dir string) error { return os.WriteFile(filepath.Join(dir, "data/more"), nil, 0o600) },
			says: "the backup has data/more, which spellbook-backup.json does not list"},
		"a link": {add: func(dir string) error { return os.Symlink("one", filepath.Join(dir, "data/two")) },
			says: "the backup has data/two"},
		"a file that is gone": {add: func(dir string) error {
			return os.Rename(filepath.Join(dir, "data/one"), filepath.Join(dir, "..", "one"))
		}, says: "read the backup"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "backup")
			if err := os.MkdirAll(filepath.Join(dir, "data"), 0o755); err != nil {
				t.Fatal(err)
			}
			for _, file := range []string{backupList, "data/one"} {
				if err := os.WriteFile(filepath.Join(dir, file), []byte("x"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			sum, size, err := sumOf(filepath.Join(dir, "data/one"))
			if err != nil || c.add(dir) != nil {
				t.Fatal("the backup cannot be made", err)
			}
			err = backupDocument{Files: []pluginhost.File{{Path: "data/one", SHA256: sum, Size: size}}}.verify(dir)
			if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestABackupIsFoundBehindALink(t *testing.T) {
	t.Parallel()
	dir, link := filepath.Join(t.TempDir(), "2026-05-06"), filepath.Join(t.TempDir(), "latest")
	d := written(t, dir)
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	if err := d.keep(dir); err != nil {
		t.Fatal(err)
	}
	got, at, err := readBackup(link, "box")
	if err != nil || len(got.Files) != 1 || filepath.Base(at) != "2026-05-06" {
		t.Errorf("%+v in %s: %v", got, at, err)
	}
	if _, _, err := readBackup(link+"-2", "box"); err == nil || !strings.Contains(err.Error(), link+"-2 is no backup") {
		t.Errorf("%v", err)
	}
}

// written is a backup of plugin box that is not yet kept.
func written(t *testing.T, dir string) backupDocument {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(dir, "data"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "data/one"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	sum, size, err := sumOf(filepath.Join(dir, "data/one"))
	if err != nil {
		t.Fatal(err)
	}
	return backupDocument{Version: 1, Plugin: "box", Files: []pluginhost.File{{Path: "data/one", SHA256: sum, Size: size}}}
}

// What a plugin has done wrong its user cannot remove: the directory is gone.
func TestABackupThatIsRefusedSaysWhatToDoAboutThePlugin(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(dir string) error
		says  string
	}{
		"a file that is not listed": {func(dir string) error { return os.WriteFile(filepath.Join(dir, "data/more"), nil, 0o600) },
			`plugin "box", backup: it has written data/more, and does not list it as a file`},
		"another content": {func(dir string) error { return os.WriteFile(filepath.Join(dir, "data/one"), []byte("y"), 0o600) },
			"data/one of the backup is not what was written"},
		"a file that is gone": {func(dir string) error { return os.Remove(filepath.Join(dir, "data/one")) }, "read the backup"},
		"the name of the list": {func(dir string) error { return os.WriteFile(filepath.Join(dir, backupList), nil, 0o600) },
			`plugin "box", backup: it has written spellbook-backup.json`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "backup")
			d := written(t, dir)
			if err := c.spoil(dir); err != nil {
				t.Fatal(err)
			}
			err := d.keep(dir)
			if err == nil || !strings.Contains(err.Error(), c.says) || !strings.HasSuffix(err.Error(), "→ correct the plugin, then mage plugin:test box -live") {
				t.Errorf("%v", err)
			}
		})
	}
}
