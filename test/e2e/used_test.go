package e2e_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/command/clean"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
)

const lent = `
  api: {image: "lab/service:1", stop_grace_period: 0s, volumes: ["data:/data", "own:/own"]}
volumes: {data: , own: }
`

// guest runs a container of nobody's on the stack's network and volume.
func (s *stack) guest() string {
	s.t.Helper()
	name := s.name + "-guest"
	cli(s.t, "run", "-d", "--name", name, "--network", s.name+"_default", "-v", s.name+"_data:/data", "lab/service:1")
	s.t.Cleanup(func() { _ = exec.Command("docker", "rm", "-f", "-v", name).Run() })
	return name
}

// docker compose down exits with 0 here as well, and names nobody.
func TestDownLeavesWhatAStrangersContainerUsesAndNamesIt(t *testing.T) {
	t.Parallel()
	s := newStack(t, lent)
	s.up(infra.UpOptions{}).want(t, failure.OK)
	guest := s.guest()
	user := ": used by container " + guest + " (of no Compose project)\n"
	network, volume := "network "+s.name+"_default is kept"+user, "volume "+s.name+"_data is kept"+user

	s.down(infra.DownOptions{Volumes: true, Dry: true}).want(t, failure.OK).
		says(t, network, volume, "remove service api", "remove volume "+s.name+"_own", "-remove network", "-remove volume "+s.name+"_data")
	s.down(infra.DownOptions{Volumes: true, Yes: true}).want(t, failure.OK).
		says(t, network, volume, s.name+" is down, but for what others use", "-Error")
	if left := s.belongings(); left != s.name+"_default\n"+s.name+"_data\n" {
		t.Errorf("left:\n%s", left)
	}
	if state := strings.TrimSpace(cli(t, "inspect", "--format", "{{.State.Running}}", guest)); state != "true" {
		t.Errorf("the guest runs: %s", state)
	}
	cli(t, "rm", "-f", guest)
	s.down(infra.DownOptions{Volumes: true, Yes: true}).want(t, failure.OK).says(t, "its volumes are gone", "-kept")
	if left := s.belongings(); left != "" {
		t.Errorf("left:\n%s", left)
	}
}

func TestCleanLeavesANetworkThatAStrangersContainerIsOn(t *testing.T) {
	t.Parallel()
	for name, target := range map[string]cleanTarget{"all": clean.All, "containers": clean.Containers} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, lent)
			s.up(infra.UpOptions{}).want(t, failure.OK)
			guest := s.guest()
			kept := "network " + s.name + "_default is kept: used by container " + guest
			s.clean(target, clean.Options{Dry: true}).want(t, failure.OK).says(t, kept, "-remove network")
			s.clean(target, yes).want(t, failure.OK).says(t, kept, "removed 1 container")
			cli(t, "rm", "-f", guest)
			s.clean(target, yes).want(t, failure.OK).says(t, "removed 1 network", "-kept")
		})
	}
}
