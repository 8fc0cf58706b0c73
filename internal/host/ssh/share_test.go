package ssh

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// made is how many connections the fake ssh was told to keep.
func made(t *testing.T, environ []string) int {
	t.Helper()
	dir, _, _ := strings.Cut(strings.TrimPrefix(environ[0], "PATH="), ":")
	log, err := os.ReadFile(filepath.Join(dir, "ssh.log"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return strings.Count(string(log), "made")
}

func TestStreamsThatAreOpenTogetherShareConnections(t *testing.T) {
	dir, err := os.MkdirTemp("", "t-") //nolint:usetesting // the name has to be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	t.Setenv("TMPDIR", dir)
	environ := fake(t, "exec cat")
	dial := Dialer(environ)
	for round := 1; round <= 2; round++ {
		var open []net.Conn
		for range streamsPerMaster + 1 {
			conn, err := dial(t.Context(), "ssh://there")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := conn.Write([]byte("x")); err != nil {
				t.Fatal(err)
			}
			if _, err := conn.Read(make([]byte, 1)); err != nil { // so that the next may sign in
				t.Fatal(err)
			}
			open = append(open, conn)
		}
		if got := made(t, environ); got != 2*round {
			t.Errorf("%d streams made %d connections, want 2 a round", len(open), got)
		}
		for _, conn := range open {
			_ = conn.Close()
		}
		if left, _ := filepath.Glob(filepath.Join(dir, "spellbook-ssh-*")); len(left) > 0 {
			t.Errorf("the last stream left %v", left)
		}
	}
}

// A connection that the user's own settings share is taken as it is.
func TestAConnectionOfTheUsersOwnIsUsed(t *testing.T) {
	environ := fakeWhole(t, `[ "$1" = -O ] && exit 0
[ "$1" = -M ] && exit 255
exec cat`)
	conn, err := Dialer(environ)(t.Context(), "ssh://there")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 1)); err != nil {
		t.Error(err)
	}
}

func TestASocketsNameIsShortEnoughForEverySystem(t *testing.T) {
	if got := socketDir("/var/folders/zz/" + strings.Repeat("x", 60)); got != "/tmp" {
		t.Errorf("it lies in %s", got)
	}
	if got := socketDir("/tmp/mine"); got != "/tmp/mine" {
		t.Errorf("it lies in %s", got)
	}
}
