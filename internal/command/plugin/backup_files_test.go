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
