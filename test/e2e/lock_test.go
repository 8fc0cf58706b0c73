package e2e_test

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
)

// overTCP is a tcp:// address of the engine behind a socket.
func overTCP(t *testing.T, socket string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = from.Close() }()
				to, err := net.Dial("unix", socket)
				if err != nil {
					return
				}
				defer func() { _ = to.Close() }()
				go func() { _, _ = io.Copy(to, from); _ = to.(*net.UnixConn).CloseWrite() }()
				_, _ = io.Copy(from, to)
			}()
		}
	}()
	return "tcp://" + l.Addr().String()
}

// The addresses differ in their text alone, as unix:///var/run/docker.sock and
// unix:///run/docker.sock do where one directory is a link to the other.
func TestOneEngineHasOneLockHoweverItIsSpelled(t *testing.T) {
	t.Parallel()
	for name, spell := range map[string]func(t *testing.T, socket string) string{
		"through a link": func(t *testing.T, socket string) string {
			link := filepath.Join(t.TempDir(), "d.sock")
			if err := os.Symlink(socket, link); err != nil {
				t.Fatal(err)
			}
			return "unix://" + link
		},
		"over TCP": overTCP,
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			s := newStack(t, chain)
			cmd, first := s.started("infra:up")
			eventually(t, "the first has begun", 20*time.Second, func() bool { return len(s.ids()) > 0 })
			s.env = append(s.env, "DOCKER_HOST="+spell(t, s.socket()))
			second := s.up(infra.UpOptions{}).want(t, failure.OK)
			_ = cmd.Wait()
			if cmd.ProcessState.ExitCode() != 0 {
				t.Errorf("the first:\n%s", first)
			}
			if !strings.Contains(second.err, "waiting for infra:up (pid ") || !strings.Contains(second.out, "nothing to do") {
				t.Errorf("the second:\n%s", second.all())
			}
		})
	}
}
