package pluginhost

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/host/local"
	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
	"github.com/infinitescribe/spellbook/internal/pluginhost/process"
)

// bench is a host in a repository of its own, which counts what is started.
type bench struct {
	*Host
	mu       sync.Mutex
	commands []string // of the go command: build, list, env, mod
	launches []string // of plugins
	lines    []Line
}

// patience is what a test gives to what has to happen, on however busy a machine.
const patience = 10 * time.Minute

// newBench copies the SDK into a repository that is Spellbook's own module, so
// that plugins are part of it, and what others change does not matter. Its
// go.work is what makes the SDK beside it the one that it requires.
func newBench(t testing.TB) *bench {
	t.Helper()
	root := t.TempDir()
	ours, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"go.mod", "go.sum", "go.work", "go.work.sum", "plugins/sdk/go.mod", "plugins/sdk/go.sum"} {
		copyFile(t, filepath.Join(ours, name), filepath.Join(root, name))
	}
	for _, dir := range []string{"plugins/sdk", "plugins/sdk/pluginv1"} {
		copyDirectory(t, filepath.Join(ours, dir), filepath.Join(root, dir))
	}
	b := &bench{}
	b.Host = &Host{
		Root: root, Cache: t.TempDir(), Environ: environ(),
		// An hour from now nothing is too young for its times to tell.
		Now: func() time.Time { return time.Now().Add(time.Hour) },
		Log: func(l Line) { b.note(func() { b.lines = append(b.lines, l) }) },
		run: func(ctx context.Context, c local.Command) error {
			b.note(func() { b.commands = append(b.commands, c.Argv[1]) })
			return local.Run(ctx, c)
		},
		launch: func(ctx context.Context, s process.Spec) (*process.Process, error) {
			b.note(func() { b.launches = append(b.launches, s.Name) })
			s.StartTimeout, s.CallTimeout = patience, patience
			return process.Start(ctx, s)
		},
	}
	return b
}

func (b *bench) note(write func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	write()
}

// quiet forgets what was counted.
func (b *bench) quiet() { b.commands, b.launches = nil, nil }

// environ is the test's own without what would change the outcome.
func environ() []string {
	return slices.DeleteFunc(os.Environ(), func(e string) bool { return strings.HasPrefix(e, "CI=") || strings.HasPrefix(e, "GOFLAGS=") })
}

// add puts a plugin of testdata into the repository.
func (b *bench) add(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join(b.Root, "plugins", name)
	copyDirectory(t, filepath.Join("testdata", name), dir)
	return dir
}

// raw adds the plugin that misbehaves.
func (b *bench) raw(t *testing.T, variant string) {
	t.Helper()
	write(t, filepath.Join(b.add(t, "raw"), "variant.go"), "package main\n\nconst variant = \""+variant+"\"\n")
}

func (b *bench) resolve(t *testing.T, names ...string) []*Plugin {
	t.Helper()
	list, err := b.Resolve(t.Context(), names)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func copyFile(t testing.TB, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	write(t, to, string(data))
}

// copyDirectory copies the files that are no tests.
func copyDirectory(t testing.TB, from, to string) {
	t.Helper()
	files, err := os.ReadDir(from)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !f.IsDir() && !strings.HasSuffix(f.Name(), "_test.go") {
			copyFile(t, filepath.Join(from, f.Name()), filepath.Join(to, f.Name()))
		}
	}
}

// isPreflight fails unless err is one clear error with exit code 3 and a hint,
// whose text has every part.
func isPreflight(t *testing.T, err error, parts ...string) {
	t.Helper()
	var e *failure.Error
	if !errors.As(err, &e) || e.Code != failure.Preflight || e.Hint == "" {
		t.Fatalf("want exit code 3 and a hint, got %v", err)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("want %q in:\n%v", part, err)
		}
	}
	if strings.ContainsFunc(strings.ReplaceAll(err.Error(), "\n", ""), manifest.IsControl) {
		t.Errorf("control characters in %q", err)
	}
}
