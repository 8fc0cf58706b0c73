//go:build unix

package env

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
)

// fifo makes one; text is written into it once, where there is any.
func fifo(r *commandtest.Repository, name, text string) {
	r.T.Helper()
	path := filepath.Join(r.Dir, name)
	if err := os.RemoveAll(path); err != nil {
		r.T.Fatal(err)
	}
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		r.T.Fatal(err)
	}
	if text != "" {
		go func() { _ = os.WriteFile(path, []byte(text), 0o600) }()
	}
}

// faulty are env files of environments that nobody means, each with a fault.
func faulty(r *commandtest.Repository) {
	r.T.Helper()
	fifo(r, "env/.env.vault", "")
	r.Write("env/.env.torn", "A='open\n")
	for name, target := range map[string]string{"gone": "nowhere", "folder": "."} {
		if err := os.Symlink(target, filepath.Join(r.Dir, "env/.env."+name)); err != nil {
			r.T.Fatal(err)
		}
	}
	r.T.Chdir(filepath.Join(r.Dir, "env")) // a socket's path is short
	listener, err := net.Listen("unix", ".env.socket")
	if err != nil {
		r.T.Fatal(err)
	}
	r.T.Cleanup(func() { _ = listener.Close() })
}

func TestTheFaultOfAnotherEnvironmentIsOneLineInItsOwnRowAndStopsNothing(t *testing.T) {
	r := commandtest.NewRepository(t)
	faulty(r)
	x := r.Run(listCall).Want(t, failure.OK)
	for name, want := range map[string]string{
		"vault": "a FIFO, read where it is the active one", "gone": "cannot be read: no such file or directory",
		"folder": "cannot be read: it is a directory, and no file", "socket": "cannot be read: it is a socket, and no file",
		"torn": "cannot be read", "local": "yes",
	} {
		found := false
		for line := range strings.Lines(x.Out) {
			found = found || strings.Contains(line, " "+name+" ") && strings.Contains(line, want)
		}
		if !found {
			t.Errorf("no row of %s with %q:\n%s", name, want, x.Out)
		}
	}
	r.In = "canary-new\n"
	for name, do := range map[string]commandtest.Target{"env:show": showCall(ShowOptions{}), "env:check": checkCall(CheckOptions{}), "env:explain": explainCall("DB_PORT"),
		"env:set": setCall("DB_PASSWORD", ""), "env:rotate": rotateCall("DB_PASSWORD", ""),
		"env:diff": func(ctx context.Context, w *app.Run) error { return Diff(ctx, w, "local", "old", false) },
		"env:export": func(ctx context.Context, w *app.Run) error {
			return Export(ctx, w, ExportOptions{Only: []string{"DB_PORT"}})
		},
		"env:sync": func(ctx context.Context, w *app.Run) error { return Sync(ctx, w, SyncOptions{Dry: true}) },
		"env:use":  useCall("local"),
	} {
		if y := r.Run(do); y.Failed != nil {
			t.Errorf("%s:\n%s", name, y)
		}
	}
}

func TestTheActiveEnvironmentMayBeAFIFOThatIsReadOnceAndNeverReplaced(t *testing.T) {
	r := commandtest.NewRepository(t)
	fifo(r, "env/.env.local", commandtest.EnvLocal)
	r.Run(showCall(ShowOptions{})).Want(t, failure.OK, "DB_PORT", "5433", "env/.env.local:2")
	r.Run(explainCall("DB_PORT")).Want(t, failure.OK, "DB_PORT is 5433, by env/.env.local:2")
	r.Run(checkCall(CheckOptions{})).Want(t, failure.OK)
	r.Run(listCall).Want(t, failure.OK, "local        yes")
	r.Run(func(ctx context.Context, w *app.Run) error { return Sync(ctx, w, SyncOptions{Dry: true}) })
	r.In = "canary-new\n"
	for name, do := range map[string]commandtest.Target{"set": setCall("DB_PASSWORD", ""), "set of another": setCall("DB_PORT=1", "local"), "rotate": rotateCall("DB_PASSWORD", ""),
		"sync": func(ctx context.Context, w *app.Run) error { return Sync(ctx, w, SyncOptions{Yes: true}) },
	} {
		if x := r.Run(do).Want(t, failure.Preflight, "env/.env.local is a FIFO", "-env=NAME"); strings.Contains(x.String(), "canary") {
			t.Errorf("%s: a secret shows:\n%s", name, x)
		}
	}
	r.Run(useCall("old")).Want(t, failure.OK, "environment old is active")
	r.Run(useCall("local")).Want(t, failure.OK, "environment local is active")
	if info, err := os.Lstat(filepath.Join(r.Dir, "env/.env.local")); err != nil || info.Mode().Type() != os.ModeNamedPipe {
		t.Errorf("the FIFO is %v, %v", info, err)
	}
}

func TestAServiceWhoseEnvFileIsAFIFOIsRefusedUnread(t *testing.T) {
	r := commandtest.NewRepository(t)
	fifo(r, "compose/api.env", "")
	r.Write("compose/docker-compose.yml", commandtest.EnvCompose+"    env_file: api.env\n")
	config := func(ctx context.Context, w *app.Run) error { return infra.Config(ctx, w, false) }
	r.Run(config).Want(t, failure.Preflight, "service api: its env_file compose/api.env is a FIFO or a socket", "give it a file")
	r.Write("compose/docker-compose.yml", "include:\n  - {path: part.yml, env_file: api.env}\nservices: {a: {image: a}}\n")
	r.Write("compose/part.yml", "services: {b: {image: b}}\n")
	r.Run(config).Want(t, failure.Preflight, "include: its env_file compose/api.env is a FIFO or a socket")
}

func TestAnOwnFileWithAMistakeIsToldAndNothingIsMade(t *testing.T) {
	r := commandtest.NewRepository(t)
	for _, name := range []string{".env", "env/.env.local"} {
		if err := os.Remove(filepath.Join(r.Dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	r.Write(".env", "DB_PASSWORD='canary\n")
	x := r.Run(useCall("local")).Want(t, failure.Preflight, ".env:1", "correct what is listed, then mage env:use local")
	if _, err := os.Lstat(filepath.Join(r.Dir, "env/.env.local")); err == nil || strings.Contains(x.String(), "canary") {
		t.Errorf("made, or a secret shows:\n%s", x)
	}
	r.Write(".env", "DB_PASSWORD=canary-mended\n")
	r.Run(useCall("local")).Want(t, failure.OK, "with all that .env says")
	if got := r.Read(".env"); got != "DB_PASSWORD=canary-mended\n" {
		t.Errorf("the environment is %q", got)
	}
}
