//go:build unix

package workflow

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// fifo makes one; text is written into it once, where there is any.
func (r *envRepository) fifo(name, text string) {
	r.t.Helper()
	path := filepath.Join(r.dir, name)
	if err := os.RemoveAll(path); err != nil {
		r.t.Fatal(err)
	}
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		r.t.Fatal(err)
	}
	if text != "" {
		go func() { _ = os.WriteFile(path, []byte(text), 0o600) }()
	}
}

// faulty are env files of environments that nobody means, each with a fault.
func (r *envRepository) faulty() {
	r.t.Helper()
	r.fifo("env/.env.vault", "")
	r.write("env/.env.torn", "A='open\n")
	for name, target := range map[string]string{"gone": "nowhere", "folder": "."} {
		if err := os.Symlink(target, filepath.Join(r.dir, "env/.env."+name)); err != nil {
			r.t.Fatal(err)
		}
	}
	r.t.Chdir(filepath.Join(r.dir, "env")) // a socket's path is short
	listener, err := net.Listen("unix", ".env.socket")
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = listener.Close() })
}

func TestTheFaultOfAnotherEnvironmentIsOneLineInItsOwnRowAndStopsNothing(t *testing.T) {
	r := newEnvRepository(t)
	r.faulty()
	x := r.run(func(ctx context.Context, w *Workflow) error { return w.EnvList(ctx) }).want(t, failure.OK)
	for name, want := range map[string]string{
		"vault": "a FIFO, read where it is the active one", "gone": "cannot be read: no such file or directory",
		"folder": "cannot be read: it is a directory, and no file", "socket": "cannot be read: it is a socket, and no file",
		"torn": "cannot be read", "local": "yes",
	} {
		found := false
		for line := range strings.Lines(x.out) {
			found = found || strings.Contains(line, " "+name+" ") && strings.Contains(line, want)
		}
		if !found {
			t.Errorf("no row of %s with %q:\n%s", name, want, x.out)
		}
	}
	r.in = "canary-new\n"
	for name, do := range map[string]target{"env:show": show(EnvShowOptions{}), "env:check": check(EnvCheckOptions{}), "env:explain": explain("DB_PORT"),
		"env:set": set("DB_PASSWORD", ""), "env:rotate": rotate("DB_PASSWORD", ""),
		"env:diff": func(ctx context.Context, w *Workflow) error { return w.EnvDiff(ctx, "local", "old") },
		"env:export": func(ctx context.Context, w *Workflow) error {
			return w.EnvExport(ctx, EnvExportOptions{Only: []string{"DB_PORT"}})
		},
		"env:sync": func(ctx context.Context, w *Workflow) error { return w.EnvSync(ctx, EnvSyncOptions{Dry: true}) },
		"env:use":  use("local"),
	} {
		if y := r.run(do); y.failed != nil {
			t.Errorf("%s:\n%s", name, y)
		}
	}
}

func TestTheActiveEnvironmentMayBeAFIFOThatIsReadOnceAndNeverReplaced(t *testing.T) {
	r := newEnvRepository(t)
	r.fifo("env/.env.local", envLocal)
	r.run(show(EnvShowOptions{})).want(t, failure.OK, "DB_PORT", "5433", "env/.env.local:2")
	r.run(explain("DB_PORT")).want(t, failure.OK, "DB_PORT is 5433, by env/.env.local:2")
	r.run(check(EnvCheckOptions{})).want(t, failure.OK)
	r.run(func(ctx context.Context, w *Workflow) error { return w.EnvList(ctx) }).want(t, failure.OK, "local        yes")
	r.run(func(ctx context.Context, w *Workflow) error { return w.EnvSync(ctx, EnvSyncOptions{Dry: true}) })
	r.in = "canary-new\n"
	for name, do := range map[string]target{"set": set("DB_PASSWORD", ""), "set of another": set("DB_PORT=1", "local"), "rotate": rotate("DB_PASSWORD", ""),
		"sync": func(ctx context.Context, w *Workflow) error { return w.EnvSync(ctx, EnvSyncOptions{Yes: true}) },
	} {
		if x := r.run(do).want(t, failure.Preflight, "env/.env.local is a FIFO", "-env=NAME"); strings.Contains(x.String(), "canary") {
			t.Errorf("%s: a secret shows:\n%s", name, x)
		}
	}
	r.run(use("old")).want(t, failure.OK, "environment old is active")
	r.run(use("local")).want(t, failure.OK, "environment local is active")
	if info, err := os.Lstat(filepath.Join(r.dir, "env/.env.local")); err != nil || info.Mode().Type() != os.ModeNamedPipe {
		t.Errorf("the FIFO is %v, %v", info, err)
	}
}

func TestAServiceWhoseEnvFileIsAFIFOIsRefusedUnread(t *testing.T) {
	r := newEnvRepository(t)
	r.fifo("compose/api.env", "")
	r.write("compose/docker-compose.yml", envCompose+"    env_file: api.env\n")
	config := func(ctx context.Context, w *Workflow) error { return w.InfraConfig(ctx, false) }
	r.run(config).want(t, failure.Preflight, "service api: its env_file compose/api.env is a FIFO or a socket", "give it a file")
	r.write("compose/docker-compose.yml", "include:\n  - {path: part.yml, env_file: api.env}\nservices: {a: {image: a}}\n")
	r.write("compose/part.yml", "services: {b: {image: b}}\n")
	r.run(config).want(t, failure.Preflight, "include: its env_file compose/api.env is a FIFO or a socket")
}

func TestAnOwnFileWithAMistakeIsToldAndNothingIsMade(t *testing.T) {
	r := newEnvRepository(t)
	for _, name := range []string{".env", "env/.env.local"} {
		if err := os.Remove(filepath.Join(r.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	r.write(".env", "DB_PASSWORD='canary\n")
	x := r.run(use("local")).want(t, failure.Preflight, ".env:1", "correct what is listed, then mage env:use local")
	if _, err := os.Lstat(filepath.Join(r.dir, "env/.env.local")); err == nil || strings.Contains(x.String(), "canary") {
		t.Errorf("made, or a secret shows:\n%s", x)
	}
	r.write(".env", "DB_PASSWORD=canary-mended\n")
	r.run(use("local")).want(t, failure.OK, "with all that .env says")
	if got := r.read(".env"); got != "DB_PASSWORD=canary-mended\n" {
		t.Errorf("the environment is %q", got)
	}
}
