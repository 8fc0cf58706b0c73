package server

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/infinitescribe/spellbook/internal/host/ssh"
)

func TestForwardingThatIsRefusedIsAnErrorOfItsOwn(t *testing.T) {
	t.Parallel()
	d := newSSHD(t)
	d.Restart("AllowTcpForwarding no\n")
	s := connect(t, d)
	if _, _, err := s.Reverse(t.Context(), "127.0.0.1:9"); !errors.Is(err, ssh.ErrForwardingRefused) {
		t.Errorf("got %v", err)
	}
	socket, err := s.Docker(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("docker", "-H", "unix://"+socket, "version").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}

	path := filepath.Join(d.Dir, "admin 1.sock")
	lines(t, path)
	dial, err := s.Unix(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	c, err := dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if _, err := io.WriteString(c, "show info\n"); err != nil {
		t.Error(err)
	}
	if out, err := io.ReadAll(c); string(out) != "not known: show info\n" || err != nil {
		t.Errorf("another socket's answer is %q, %v", out, err)
	}
}

// lines listens at a Unix socket as HAProxy's runtime API does: it answers one line and
// closes, and knows nothing of HTTP.
func lines(t *testing.T, path string) {
	t.Helper()
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			line, _ := bufio.NewReader(c).ReadString('\n')
			_, _ = io.WriteString(c, "not known: "+line)
			_ = c.Close()
		}
	}()
}
