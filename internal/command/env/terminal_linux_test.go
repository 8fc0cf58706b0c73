package env

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/project"
)

func TestATerminalDoesNotEchoASecret(t *testing.T) {
	r := commandtest.NewRepository(t)
	keys, terminal, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = keys.Close() }()
	prompt := writer(func(text []byte) (int, error) {
		if strings.Contains(string(text), "DB_PASSWORD: ") && echoes(t, terminal.Fd()) {
			t.Error("the prompt comes before the echo is off")
		}
		return terminal.Write(text)
	})
	w := &app.Run{Layout: project.Layout{Root: r.Dir}, Dir: r.Dir, Environ: r.Env, In: terminal, Out: terminal, Err: prompt,
		InTerminal: true, OutTerminal: true, ErrTerminal: true, Width: 80, Now: time.Now}
	var screen bytes.Buffer
	prompted, seen := make(chan bool, 1), make(chan bool)
	go func() {
		defer close(seen)
		part := make([]byte, 256)
		for !strings.Contains(screen.String(), "is set in") {
			n, err := keys.Read(part)
			if err != nil {
				return
			}
			screen.Write(part[:n])
			if strings.Contains(screen.String(), "DB_PASSWORD: ") {
				select {
				case prompted <- true:
				default:
				}
			}
		}
	}()
	ended := make(chan error, 1)
	go func() { ended <- Set(t.Context(), w, "DB_PASSWORD", "") }()
	<-prompted
	if _, err := io.WriteString(keys, "canary-typed\n"); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; failure.CodeOf(err) != failure.OK {
		t.Fatal(err)
	}
	<-seen
	_ = terminal.Close()
	if strings.Contains(screen.String(), "canary") || !strings.Contains(r.Read("env/.env.local"), "DB_PASSWORD=canary-typed\n") {
		t.Errorf("screen:\n%s\nfile:\n%s", screen.String(), r.Read("env/.env.local"))
	}
}

// writer is a function that writes.
type writer func([]byte) (int, error)

func (w writer) Write(text []byte) (int, error) { return w(text) }

func echoes(t *testing.T, fd uintptr) bool {
	t.Helper()
	state, err := unix.IoctlGetTermios(int(fd), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return state.Lflag&unix.ECHO != 0
}
