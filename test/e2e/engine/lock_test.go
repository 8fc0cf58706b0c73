package engine_test

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// The addresses differ in their text alone, as unix:///var/run/docker.sock and
// unix:///run/docker.sock do where one directory is a link to the other.
func TestOneEngineHasOneLockHoweverItIsSpelled(t *testing.T) {
	t.Parallel()
	for name, spell := range map[string]func(t *testing.T, s *stack) string{
		"through a link": func(t *testing.T, s *stack) string {
			link := filepath.Join(t.TempDir(), "d.sock")
			if err := os.Symlink(s.Socket(), link); err != nil {
				t.Fatal(err)
			}
			return "unix://" + link
		},
		"over TCP": func(_ *testing.T, s *stack) string { return "tcp://" + s.tcpDoor().address },
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			s := newStack(t, stacktest.Chain)
			cmd, first := s.StartBinary("infra:up")
			stacktest.Eventually(t, "the first has begun", func() bool { return len(s.IDs()) > 0 })
			s.Env = append(s.Env, "DOCKER_HOST="+spell(t, s))
			second := s.Up(infra.UpOptions{}).Want(t, failure.OK)
			_ = cmd.Wait()
			if cmd.ProcessState.ExitCode() != 0 {
				t.Errorf("the first:\n%s", first)
			}
			second.Says(t, "waiting for infra:up (pid ", "nothing to do")
		})
	}
}

// On a remote engine nothing but the claim says that it was this machine.
func TestAnUpThatIsKilledOnARemoteEngineKnowsItsContainersAgain(t *testing.T) {
	t.Parallel()
	s := newStack(t, stacktest.Chain)
	s.Env = append(s.Env, "DOCKER_HOST=tcp://"+s.tcpDoor().address)
	cmd, first := s.StartBinary("infra:up")
	stacktest.Eventually(t, "a container is there", func() bool { return len(s.IDs()) > 0 })
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	t.Logf("the first:\n%s", first)
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
}

// Two machines may have one path; the engine that both use says nothing of it.
func TestOnARemoteEngineTheMachineCountsToo(t *testing.T) {
	t.Parallel()
	s := newStack(t, stacktest.Lights)
	s.Env = append(s.Env, "DOCKER_HOST=tcp://"+s.tcpDoor().address)
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	s.Settled()
	before := s.IDs()

	s.Env = append(s.Env, "XDG_CACHE_HOME="+t.TempDir()) // another machine remembers nothing
	elsewhere := "made from " + s.Dir + ", perhaps on another machine (1 service running for "
	s.Up(infra.UpOptions{}).Want(t, failure.Preflight).Says(t, elsewhere, "mage infra:up -adopt")
	s.Status(false).Want(t, failure.NotReady).Says(t, elsewhere)
	if after := s.IDs(); !maps.Equal(before, after) {
		t.Errorf("before %v, after %v", before, after)
	}
	s.Up(infra.UpOptions{Adopt: true}).Want(t, failure.OK)
	s.Settled()
}
