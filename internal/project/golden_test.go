package project

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/environ"
)

var update = flag.Bool("update", false, "rewrite the expected errors in testdata")

// section is one file of a test archive: a line "-- name --" and what follows.
// The name "a -> b" is a symbolic link.
type section struct{ name, text string }

func readArchive(t *testing.T, path string) []section {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var list []section
	for line := range strings.Lines(string(data)) {
		name, isHead := strings.CutPrefix(line, "-- ")
		if name, ok := strings.CutSuffix(name, " --\n"); isHead && ok {
			list = append(list, section{name: name})
		} else {
			list[len(list)-1].text += line
		}
	}
	return list
}

// lay writes the files of an archive to a new directory and returns it.
func lay(t *testing.T, files []section) string {
	t.Helper()
	root := t.TempDir()
	for _, f := range files {
		name, target, isLink := strings.Cut(f.name, " -> ")
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		err := os.WriteFile(path, []byte(f.text), 0o600)
		if isLink {
			_ = os.Remove(path)
			err = os.Symlink(target, path)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// activeOf is the environment that .env in root links to.
func activeOf(t *testing.T, root string) string {
	t.Helper()
	name, _, err := environ.Active(environ.Dirs{Root: root})
	if err != nil {
		t.Fatal(err)
	}
	return name
}
