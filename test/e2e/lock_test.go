package e2e_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
)

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
		"over TCP": func(t *testing.T, socket string) string { return "tcp://" + relayed(t, socket) },
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

// On a remote engine nothing but the claim says that it was this machine.
func TestAnUpThatIsKilledOnARemoteEngineKnowsItsContainersAgain(t *testing.T) {
	t.Parallel()
	s := newStack(t, chain)
	s.env = append(s.env, "DOCKER_HOST=tcp://"+relayed(t, s.socket()))
	cmd, first := s.started("infra:up")
	eventually(t, "a container is there", 20*time.Second, func() bool { return len(s.ids()) > 0 })
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	t.Logf("the first:\n%s", first)
	s.up(infra.UpOptions{}).want(t, failure.OK)
}
