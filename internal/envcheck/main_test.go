package envcheck

import (
	"crypto/rand"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/environ"
)

var update = flag.Bool("update", false, "write the golden files anew")

var noon = time.Date(2024, 5, 6, 12, 0, 0, 0, time.UTC)

const backupName = ".env.backup-20240506T120000Z"

type fataler interface{ Fatalf(string, ...any) }

func environment(name, text string) environ.Environment {
	return environ.Environment{Name: name, File: "env/.env." + name, Document: dotenv.Parse(text)}
}

// repository is a directory with a template and the environments named, each
// with a text that says which it is.
func repository(t *testing.T, names ...string) environ.Dirs {
	t.Helper()
	dirs := environ.Dirs{Root: t.TempDir()}
	must(t, os.Mkdir(filepath.Dir(dirs.Template()), 0o755))
	write(t, dirs.Template(), "# [generate 24]\nPOSTGRES_PASSWORD=\nPOSTGRES_PORT=5432\n")
	for _, name := range names {
		write(t, dirs.File(name), "NAME="+name+"\n")
	}
	return dirs
}

func use(t *testing.T, dirs environ.Dirs, name string) {
	t.Helper()
	_, err := environ.Use(dirs, name, noon, rand.Reader)
	must(t, err)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	must(t, os.WriteFile(path, []byte(text), 0o644))
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	must(t, err)
	return string(text)
}

func same[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	path := filepath.Join("testdata", file)
	if *update {
		write(t, path, got)
	}
	if want := read(t, path); got != want {
		t.Errorf("%s differs, got:\n%s", path, got)
	}
}

// endless is a source of every byte in turn, for reproducible secrets.
type endless struct{ next byte }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = e.next
		e.next++
	}
	return len(p), nil
}
