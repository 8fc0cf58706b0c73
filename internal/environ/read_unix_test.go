//go:build unix

package environ

import (
	"context"
	"crypto/rand"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/failure"
)

// pipe makes a FIFO, into which text is written once where there is any.
func pipe(t *testing.T, path, text string) {
	t.Helper()
	must(t, syscall.Mkfifo(path, 0o600))
	if text != "" {
		go func() { _ = os.WriteFile(path, []byte(text), 0o600) }()
	}
}

func isPipe(t *testing.T, path string) {
	t.Helper()
	if info, err := os.Lstat(path); err != nil || info.Mode().Type() != os.ModeNamedPipe {
		t.Errorf("%s is no FIFO any more: %v, %v", path, info, err)
	}
}

func TestAFIFOIsReadOnceHoweverOftenItIsAskedFor(t *testing.T) {
	dirs := repository(t)
	pipe(t, dirs.File("vault"), "A=1\n")
	use(t, dirs, "vault")
	for range 3 {
		e, state, err := Current(dirs)
		must(t, err)
		same(t, "the state", state, Faithful)
		same(t, "the name", e.Name, "vault")
		same(t, "the text", e.Document.String(), "A=1\n")
		e, err = ReadEnvironment(dirs, "vault")
		must(t, err)
		same(t, "the text", e.Document.String(), "A=1\n")
	}
	isPipe(t, dirs.File("vault"))
}

func TestAFIFOWithoutAWriterIsLeftWhenTheTimeIsUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	pipe(t, path, "")
	_, err := readPipe(path, time.Millisecond)
	if !errors.Is(err, ErrNoWriter) {
		t.Fatal(err)
	}
	told := Unreadable("env/.env.dev", err)
	same(t, "the code", failure.CodeOf(told), failure.Preflight)
	same(t, "the text", told.Error(), "read env/.env.dev: nobody writes into the FIFO within 1ms\n  → start the program that fills it (a password manager, unlocked), and try again")
}

func TestAFIFOIsNeverReplaced(t *testing.T) {
	dirs := repository(t, "local")
	pipe(t, dirs.File("vault"), "") // nobody writes: nothing may wait for that
	_, err := Edit(context.Background(), dirs, "vault", func(d dotenv.Document) (dotenv.Document, error) { t.Error("it was read"); return d, nil })
	same(t, "the code", failure.CodeOf(err), failure.Preflight)
	same(t, "the text", err.Error(), "env/.env.vault is a FIFO: what fills it has the values, and is not replaced\n"+
		"  → change it there (in the password manager), or name another environment: -env=NAME")
	isPipe(t, dirs.File("vault"))
	for _, name := range []string{"local", "dev"} { // one with a file, and one to be made
		path := dirs.Active()
		if name == "local" {
			pipe(t, path, "")
		}
		_, err = Use(dirs, name, noon, rand.Reader)
		same(t, "the text", err.Error(), ".env is a FIFO, which is not replaced\n  → have it made at env/.env.local instead, then mage env:use local")
		isPipe(t, path)
		same(t, "made", exists(dirs.File("dev")), false)
	}
}

func TestWhatIsNoFileIsRefusedUnread(t *testing.T) {
	dir := t.TempDir()
	socket := filepath.Join(dir, "s")
	listener, err := net.Listen("unix", socket)
	must(t, err)
	defer func() { _ = listener.Close() }()
	for path, want := range map[string]string{socket: "it is a socket, and no file", dir: "it is a directory, and no file", "/dev/zero": "it is a device, and no file"} {
		if _, err := ReadFile(path); err == nil || err.Error() != want {
			t.Errorf("%s: %v", path, err)
		}
		if err := Unreadable("x", errNoFile{"a socket"}); !strings.Contains(err.Error(), "→ move it out of the way: mv x x.away") {
			t.Error(err)
		}
	}
	text, err := ReadFile(os.DevNull)
	must(t, err)
	same(t, "the length", len(text), 0)
}

func TestADanglingLinkIsAFailureThatSaysSoAndIsNotReplaced(t *testing.T) {
	dirs := repository(t)
	must(t, os.Symlink("gone", dirs.File("dev")))
	_, read := ReadEnvironment(dirs, "dev")
	_, edit := Edit(context.Background(), dirs, "dev", func(d dotenv.Document) (dotenv.Document, error) { return d, nil })
	_, used := Use(dirs, "dev", noon, rand.Reader)
	for _, err := range []error{read, edit, used} {
		same(t, "the code", failure.CodeOf(err), failure.Preflight)
		if !strings.Contains(err.Error(), "→ bring the file back that it leads to, or remove the link: rm env/.env.dev") {
			t.Error(err)
		}
	}
	same(t, "the link", exists(dirs.File("dev")), true)
}
