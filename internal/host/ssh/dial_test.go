package ssh

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestTheCommandLineIsThatOfTheDockerCLI(t *testing.T) {
	for endpoint, want := range map[string]string{
		"ssh://there":                "ssh -o ConnectTimeout=15 -o ServerAliveInterval=15 -T -- there docker system dial-stdio",
		"ssh://me@there:2222":        "ssh -o ConnectTimeout=15 -o ServerAliveInterval=15 -T -l me -p 2222 -- there docker system dial-stdio",
		"ssh://me@[::1]/":            "ssh -o ConnectTimeout=15 -o ServerAliveInterval=15 -T -l me -- ::1 docker system dial-stdio",
		"ssh://there/run/other.sock": "ssh -o ConnectTimeout=15 -o ServerAliveInterval=15 -T -- there docker --host=unix:///run/other.sock system dial-stdio",
		"ssh://-oProxyCommand=x":     "",
		"ssh://-oProxyCommand=x@y":   "",
		"ssh://":                     "",
		"ssh://there:port":           "",
		"ssh://there/a b;$(c)":       "",
	} {
		argv, err := dialArgv(endpoint)
		if got := strings.Join(argv, " "); got != want || (err == nil) != (want != "") {
			t.Errorf("%s\ngot  %s (%v)\nwant %s", endpoint, got, err, want)
		}
	}
}

const sharing = `
[ "$1" = -O ] && exit 255
[ "$1" = -M ] && : >"$3" && echo made >>"$0.log" && exec cat
`

// fake puts a shell script in the place of ssh, for its streams; the connection
// that they share is there at once, and the user has none.
func fake(t *testing.T, script string) []string {
	t.Helper()
	return fakeWhole(t, sharing+script)
}

// fakeWhole puts one in the place of ssh whatever it is called for.
func fakeWhole(t *testing.T, script string) []string {
	t.Helper()
	if runtime.GOOS == "windows" {
		return nil // there is no shell; what is tested here is the same everywhere
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "ssh"), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	return []string{"PATH=" + dir + ":/usr/bin:/bin"}
}

func TestAStreamGoesThroughTheCommandAndBack(t *testing.T) {
	conn, err := Dialer(fake(t, "exec cat"))(t.Context(), "ssh://there")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	sent := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	go func() {
		_, _ = conn.Write(sent)
		_ = conn.(interface{ CloseWrite() error }).CloseWrite()
	}()
	if got, err := io.ReadAll(conn); err != nil || !bytes.Equal(got, sent) {
		t.Errorf("%d of %d bytes came back: %v", len(got), len(sent), err)
	}
}

func TestACommandThatFailsSaysItsLastWords(t *testing.T) {
	for script, want := range map[string]string{
		"echo 'a warning' >&2; echo 'ssh: connect to host there: Connection refused' >&2; exit 255": "ssh: connect to host there: Connection refused",
		"exit 255": "ssh: exit status 255",
	} {
		conn, err := Dialer(fake(t, script))(t.Context(), "ssh://there")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Read(make([]byte, 1)); fmt.Sprint(err) != want {
			t.Errorf("got %v, want %s", err, want)
		}
		_ = conn.Close()
		// the same of the connection itself, before there is a stream
		if _, err := Dialer(fakeWhole(t, `[ "$1" = -O ] && exit 255`+"\n"+script))(t.Context(), "ssh://there"); fmt.Sprint(err) != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// A command that does not listen is ended all the same, and a reader that
// waits is told.
func TestCloseEndsTheCommandAndItsReader(t *testing.T) {
	conn, err := Dialer(fake(t, "trap '' TERM; sleep 60 & wait; sleep 60"))(t.Context(), "ssh://there")
	if err != nil {
		t.Fatal(err)
	}
	read := make(chan error, 1)
	go func() {
		_, err := conn.Read(make([]byte, 1))
		read <- err
	}()
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
	if err := <-read; !errors.Is(err, net.ErrClosed) {
		t.Errorf("the reader got %v", err)
	}
}

func TestNoMoreSignInAtOnceThanAServerTakes(t *testing.T) {
	dial := Dialer(fake(t, "exec cat"))
	var open []net.Conn
	for range entrances {
		conn, err := dial(t.Context(), "ssh://there")
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, conn)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := dial(ctx, "ssh://there"); !errors.Is(err, context.Canceled) {
		t.Errorf("one more got in: %v", err)
	}
	for _, conn := range open {
		_ = conn.Close()
	}
	conn, err := dial(t.Context(), "ssh://there")
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
}
