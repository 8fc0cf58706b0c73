package ownership_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/command/clean"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

const lent = `
  api: {image: "lab/service:1", stop_grace_period: 0s, volumes: ["data:/data", "own:/own"]}
volumes: {data: , own: }
`

// guest runs a container of nobody's on the stack's network and volume.
func (s *stack) guest() string {
	s.T.Helper()
	name := s.Name + "-guest"
	stacktest.Docker(s.T, "run", "-d", "--name", name, "--network", s.Name+"_default", "-v", s.Name+"_data:/data", "lab/service:1")
	s.T.Cleanup(func() { _ = exec.Command("docker", "rm", "-f", "-v", name).Run() })
	return name
}

// docker compose down exits with 0 here as well, and names nobody.
func TestDownLeavesWhatAStrangersContainerUsesAndNamesIt(t *testing.T) {
	t.Parallel()
	s := newStack(t, lent)
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	guest := s.guest()
	s.Shows("infra:down -volumes -dry", s.Down(infra.DownOptions{Volumes: true, Dry: true}))
	s.Shows("infra:down -volumes -yes", s.Down(infra.DownOptions{Volumes: true, Yes: true}))
	if left := s.Belongings(); left != s.Name+"_default\n"+s.Name+"_data\n" {
		t.Errorf("left:\n%s", left)
	}
	if state := strings.TrimSpace(stacktest.Docker(t, "inspect", "--format", "{{.State.Running}}", guest)); state != "true" {
		t.Errorf("the guest runs: %s", state)
	}
	stacktest.Docker(t, "rm", "-f", guest)
	s.Down(infra.DownOptions{Volumes: true, Yes: true}).Want(t, failure.OK).Says(t, "its volumes are gone").SaysNot(t, "kept")
	if left := s.Belongings(); left != "" {
		t.Errorf("left:\n%s", left)
	}
}

func TestCleanLeavesANetworkThatAStrangersContainerIsOn(t *testing.T) {
	t.Parallel()
	for name, target := range map[string]cleanTarget{"all": clean.All, "containers": clean.Containers} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, lent)
			s.Up(infra.UpOptions{}).Want(t, failure.OK)
			guest := s.guest()
			s.Shows("clean -dry", s.clean(target, clean.Options{Dry: true}))
			s.weighed("api")
			s.Shows("clean", s.clean(target, yes))
			stacktest.Docker(t, "rm", "-f", guest)
			s.Shows("clean without the guest", s.clean(target, yes))
		})
	}
}
