package project

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/composeload"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/failure"
)

var update = flag.Bool("update", false, "rewrite the expected errors in testdata")

// section is one file of a test archive: a line "-- name --" and what follows.
// The name "a -> b" is a symbolic link.
type section struct{ name, text string }

func archive(t testing.TB, path string) []section {
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
func lay(t testing.TB, files []section) string {
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

// TestMistakesAreExplained loads what is in each archive and compares the
// whole error with its last section.
func TestMistakesAreExplained(t *testing.T) {
	paths, err := filepath.Glob("testdata/explain/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatal("no archives", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			files, want := cutError(archive(t, path))
			got := loadError(t, lay(t, files))
			if *update {
				writeArchive(t, path, append(files, section{"error", got}))
			} else if got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func cutError(list []section) (files []section, want string) {
	last := list[len(list)-1]
	if last.name != "error" {
		return list, ""
	}
	return list[:len(list)-1], last.text
}

// loadError is the text of the one failure, which must ask for exit code 3 and
// must not show the secret that the archives use.
func loadError(t *testing.T, root string) string {
	t.Helper()
	_, err := Load(t.Context(), Layout{Root: root}, Options{Env: activeOf(t, root), Environ: []string{"LANG=C"}, Valid: composeload.Memory(filepath.Join(t.TempDir(), "valid"))})
	var failed *failure.Error
	if !errors.As(err, &failed) || failed.Code != failure.Preflight {
		t.Fatalf("no failure with exit code 3: %v", err)
	}
	text := failed.Error() + "\n"
	for _, line := range append([]string{failed.Message, failed.Hint}, failed.Details...) {
		if line == "" && failed.Details == nil || strings.Contains(line, "\n") {
			t.Errorf("not one line: %q", text)
		}
	}
	if strings.Contains(text, "s3cr") || strings.Contains(text, root) {
		t.Errorf("shows a secret or an absolute path: %q", text)
	}
	return text
}

func writeArchive(t *testing.T, path string, list []section) {
	t.Helper()
	var b strings.Builder
	for _, s := range list {
		b.WriteString("-- " + s.name + " --\n" + s.text)
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
