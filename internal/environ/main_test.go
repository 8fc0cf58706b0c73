package environ

import (
	"bytes"
	"crypto/rand"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestMain is also the helper process that the crash tests kill.
func TestMain(m *testing.M) {
	if what := os.Getenv(helperVariable); what != "" {
		help(what)
		return
	}
	os.Exit(m.Run())
}

var noon = time.Date(2024, 5, 6, 12, 0, 0, 0, time.UTC)

const backupName = ".env.backup-20240506T120000Z"

// repository is a directory with a template and the environments named, each
// with a text that says which it is.
func repository(t *testing.T, names ...string) Dirs {
	t.Helper()
	dirs := Dirs{Root: t.TempDir()}
	must(t, os.Mkdir(dirs.envDir(), 0o755))
	write(t, dirs.Template(), "# [generate 24]\nPOSTGRES_PASSWORD=\nPOSTGRES_PORT=5432\n")
	for _, name := range names {
		write(t, dirs.File(name), "NAME="+name+"\n")
	}
	return dirs
}

func use(t *testing.T, dirs Dirs, name string) Switch {
	t.Helper()
	s, err := Use(dirs, name, noon, rand.Reader)
	must(t, err)
	return s
}

func active(t *testing.T, dirs Dirs) string {
	t.Helper()
	name, ok, err := Active(dirs)
	must(t, err)
	if !ok {
		t.Fatal("there is no .env")
	}
	return name
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

type fataler interface{ Fatalf(string, ...any) }

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

// leftovers are the temporary files below the repository.
func leftovers(t *testing.T, dirs Dirs) []string {
	t.Helper()
	inRoot, err := filepath.Glob(filepath.Join(dirs.Root, ".env*.tmp.*"))
	must(t, err)
	inEnv, err := filepath.Glob(filepath.Join(dirs.envDir(), ".env*.tmp.*"))
	must(t, err)
	return append(inRoot, inEnv...)
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

func onlyAlphabet(text string) bool {
	return strings.Trim(text, alphabet) == "" && !bytes.ContainsAny([]byte(text), " \n")
}
