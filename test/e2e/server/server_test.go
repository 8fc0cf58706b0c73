// Package server tests the one connection of a deployment, and what is held
// through it, on a real sshd of this machine.
package server

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/host/ssh"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

func environ(d *stacktest.SSHD) []string {
	return append(os.Environ(), "PATH="+d.Path)
}

// newSSHD is a server on which nothing is left at the end.
func newSSHD(t *testing.T) *stacktest.SSHD {
	t.Helper()
	d := stacktest.NewSSHD(t)
	t.Cleanup(d.WantNothingLeft)
	return d
}

// connected is a server and a connection to it.
func connected(t *testing.T) (*stacktest.SSHD, *ssh.Server) {
	t.Helper()
	d := newSSHD(t)
	return d, connect(t, d)
}

func connect(t *testing.T, d *stacktest.SSHD) *ssh.Server {
	t.Helper()
	s, err := ssh.Connect(t.Context(), d.Alias, environ(d))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// output runs a command that has to succeed.
func output(t *testing.T, s *ssh.Server, stdin string, argv ...string) string {
	t.Helper()
	var out, said bytes.Buffer
	if err := s.Run(t.Context(), ssh.Command{Argv: argv, Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &said}); err != nil {
		t.Fatalf("%v: %v\n%s", argv, err, said.String())
	}
	return out.String()
}

func TestEverythingGoesThroughOneSignIn(t *testing.T) {
	t.Parallel()
	d, s := connected(t)
	if got := output(t, s, "in", "cat"); got != "in" {
		t.Errorf("got %q", got)
	}
	path := filepath.Join(t.TempDir(), "a", "file")
	if err := s.WriteFile(t.Context(), path, []byte("x"), 0o600); err != nil {
		t.Error(err)
	}
	if _, cancel, err := s.Reverse(t.Context(), "127.0.0.1:9"); err != nil {
		t.Error(err)
	} else if err := cancel(); err != nil {
		t.Error(err)
	}
	socket, err := s.Docker(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("docker", "-H", "unix://"+socket, "version").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if n := d.SignedIn(); n != 1 {
		t.Errorf("signed in %d times, want once", n)
	}
}

// A test can pass no byte but NUL that another end would not get as it is.
func TestArgumentsArriveAsTheyAre(t *testing.T) {
	t.Parallel()
	_, s := connected(t)
	var every strings.Builder
	for b := 1; b < 256; b++ {
		every.WriteByte(byte(b))
	}
	for _, argument := range []string{every.String(), "", " ", "-n", "$(id)", "'", `\`, "\n", "a'b\"c", "~", "*", "!x"} {
		if got := output(t, s, "", "printf", "%s", argument); got != argument {
			t.Errorf("got %q, want %q", got, argument)
		}
	}
}

func TestACommandsEndIsItsOwn(t *testing.T) {
	t.Parallel()
	_, s := connected(t)
	for script, want := range map[string]int{"exit 1": 1, "exit 255": 255, "kill -KILL $$": 137, "kill -TERM $$": 143} {
		var said bytes.Buffer
		err := s.Run(t.Context(), ssh.Command{Argv: []string{"sh", "-c", "printf words >&2; " + script}, Stderr: &said})
		var exit *ssh.ExitError
		if !errors.As(err, &exit) || exit.Code != want || !strings.HasPrefix(said.String(), "words") {
			t.Errorf("%s: %v, want %d; it said %q", script, err, want, said.String())
		}
	}
	var exit *ssh.ExitError
	var said bytes.Buffer
	if err := s.Run(t.Context(), ssh.Command{Argv: []string{"nosuch"}, Stderr: &said}); !errors.As(err, &exit) || exit.Code != 127 ||
		!strings.Contains(said.String(), "nosuch: not found") {
		t.Errorf("%v: %q", err, said.String())
	}
	if err := s.Run(t.Context(), ssh.Command{Argv: []string{"exit", "3"}}); !errors.As(err, &exit) || exit.Code != 127 {
		t.Errorf("a word of the shell was no command: %v", err)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestAnOutputThatCannotBeWrittenIsTheError(t *testing.T) {
	t.Parallel()
	_, s := connected(t)
	err := s.Run(t.Context(), ssh.Command{Argv: []string{"sh", "-c", "while echo 0123456789; do :; done"}, Stdout: full{}})
	if err == nil || err.Error() != "disk full" {
		t.Errorf("got %v", err)
	}
}

// sleeps reports whether `sleep SECONDS` is on the server, which is this machine:
// the command itself, no shell or client that has it among its arguments.
func sleeps(t *testing.T, seconds string) bool {
	t.Helper()
	for _, line := range stacktest.Processes(t, "sleep\x00"+seconds) {
		if _, command, _ := strings.Cut(line, " "); strings.HasPrefix(command, "sleep ") {
			return true
		}
	}
	return false
}

func TestWhatIsCancelledEndsOnTheServer(t *testing.T) {
	t.Parallel()
	_, s := connected(t)
	for seconds, script := range map[string]string{"7101": "sleep 7101", "7102": "trap '' TERM; sleep 7102 & sleep 7102; wait"} {
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.Run(ctx, ssh.Command{Argv: []string{"sh", "-c", script}}) }()
		stacktest.Eventually(t, "it runs", func() bool { return sleeps(t, seconds) })
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if sleeps(t, seconds) {
			t.Errorf("it still runs when Run has returned: %s", script)
		}
	}
	if got := output(t, s, "", "echo", "x"); got != "x\n" {
		t.Errorf("the connection is gone: %q", got)
	}
}

func TestAConnectionThatBreaksIsNoticed(t *testing.T) {
	t.Parallel()
	d, s := connected(t)
	ended := make(chan error, 1)
	go func() { ended <- s.Run(t.Context(), ssh.Command{Argv: []string{"sleep", "7201"}}) }()
	stacktest.Eventually(t, "it runs", func() bool { return sleeps(t, "7201") })
	d.Kill()
	began := time.Now()
	if err := <-ended; !errors.Is(err, ssh.ErrBroken) {
		t.Errorf("got %v", err)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("noticed after %s", took)
	}
	if err := s.Run(t.Context(), ssh.Command{Argv: []string{"true"}}); !errors.Is(err, ssh.ErrBroken) {
		t.Errorf("a further command: %v", err)
	}
}

func TestATunnelCarriesBytesToThisMachine(t *testing.T) {
	t.Parallel()
	_, s := connected(t)
	listener := stacktest.Listener(t)
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = io.Copy(c, c)
			_ = c.Close()
		}
	}()
	remote, cancel, err := s.Reverse(t.Context(), listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("tcp", remote)
	if err != nil {
		t.Fatal(err)
	}
	sent := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	go func() {
		_, _ = c.Write(sent)
		_ = c.(*net.TCPConn).CloseWrite()
	}()
	if got, err := io.ReadAll(c); err != nil || !bytes.Equal(got, sent) {
		t.Errorf("%d of %d bytes came back: %v", len(got), len(sent), err)
	}
	_ = c.Close()
	if err := cancel(); err != nil {
		t.Error(err)
	}
	stacktest.Eventually(t, "the tunnel is gone", func() bool { // ssh does not wait for the server's word
		c, err := net.Dial("tcp", remote)
		if err == nil {
			_ = c.Close()
		}
		return err != nil
	})
	if err := cancel(); err == nil {
		t.Error("a tunnel that is not there was cancelled")
	}
}

func TestWhyNoEngineAnswersIsSaid(t *testing.T) {
	t.Parallel()
	d := newSSHD(t)
	settings, err := os.ReadFile(filepath.Join(d.Dir, "server"))
	if err != nil {
		t.Fatal(err)
	}
	d.File("server", strings.Replace(string(settings), "SetEnv ", "SetEnv DOCKER_HOST=unix:///nosuch/docker.sock ", 1), 0o600)
	d.Restart("")
	s := connect(t, d)
	_, err = s.Docker(t.Context())
	if failure.CodeOf(err) != failure.Preflight || !strings.Contains(err.Error(), "no Docker engine answers on "+d.Alias+": ssh: ") ||
		!strings.Contains(err.Error(), "nosuch") {
		t.Errorf("got %v", err)
	}
}

// More streams than the server opens sessions are open at once.
func TestManyStreamsToTheEngineNeedNoFurtherSignIn(t *testing.T) {
	t.Parallel()
	d, s := connected(t)
	for range 30 {
		c, err := s.Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		if _, err := io.WriteString(c, "GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(c, make([]byte, len("HTTP/1.1 200"))); err != nil {
			t.Fatal(err)
		}
	}
	if n := d.SignedIn(); n != 1 {
		t.Errorf("signed in %d times, want once", n)
	}
}

func TestFilesAreWholeAndForTheirOwnerAlone(t *testing.T) {
	t.Parallel()
	_, s := connected(t)
	dir := filepath.Join(t.TempDir(), "it's here", "deep")
	path := filepath.Join(dir, "file $x")
	for _, text := range []string{"first", "second"} {
		if err := s.WriteFile(t.Context(), path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := s.ReadFile(t.Context(), path)
		if err != nil || string(got) != text {
			t.Errorf("read %q: %v", got, err)
		}
	}
	for name, want := range map[string]fs.FileMode{path: 0o600, dir: fs.ModeDir | 0o700, filepath.Dir(dir): fs.ModeDir | 0o700} {
		if info, err := os.Stat(name); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	if err := s.WriteFile(t.Context(), path+"/below", nil, 0o600); err == nil {
		t.Error("a file became a directory")
	}
	if err := os.Mkdir(filepath.Join(dir, "taken"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := s.WriteFile(t.Context(), filepath.Join(dir, "taken"), []byte("x"), 0o600); err == nil {
		t.Error("a directory became a file")
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("left beside it: %v, %v", entries, err)
	}
	if _, err := s.ReadFile(t.Context(), path+"2"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}
