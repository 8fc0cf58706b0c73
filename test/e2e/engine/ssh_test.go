package engine_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

func TestDockerHostOverSSHIsObeyed(t *testing.T) {
	t.Parallel()
	s, server := newStack(t, reachable), stacktest.NewSSHD(t)
	s.obey(server.DockerHost()...)
	server.WantNothingLeft()
}

func TestADockerContextOverSSHIsObeyed(t *testing.T) {
	t.Parallel()
	s, server := newStack(t, reachable), stacktest.NewSSHD(t)
	s.obey(append(s.context("config.json", "host=ssh://"+server.Alias), "PATH="+server.Path)...)
	server.WantNothingLeft()
}

// Many services are looked at together, and a server lets only ten in at once
// that have not said who they are (MaxStartups of sshd_config).
func TestTwentyServicesOverSSHAreNotTooMany(t *testing.T) {
	t.Parallel()
	var services strings.Builder
	for i := range 20 {
		fmt.Fprintf(&services, "  s%d: {image: \"lab/service:1\", ports: [\"127.0.0.1::8080\"], healthcheck: {test: [CMD, /service, health], interval: 1s, timeout: 20s, retries: 20}}\n", i)
	}
	s, server := newStack(t, "\n"+services.String()), stacktest.NewSSHD(t)
	t.Cleanup(func() { t.Logf("%d times signed in", server.SignedIn()) })
	s.Env = append(s.Env, server.DockerHost()...)
	if code, out := s.hidden("infra:up"); code != 0 {
		t.Errorf("exit code %d\n%s", code, out)
	}
	server.WantNothingLeft()
	before := server.SignedIn()
	if code, out := s.hidden("infra:up"); code != 0 {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if got := server.SignedIn() - before; got != 1 {
		t.Errorf("an infra:up with nothing to do signed in %d times, want once", got)
	}
}

// What a server with few sessions refuses goes through a connection of its own.
func TestAServerThatOpensOneSessionAConnectionIsEnough(t *testing.T) {
	t.Parallel()
	s, server := newStack(t, reachable), stacktest.NewSSHD(t)
	server.Restart("MaxSessions 1\n")
	s.obey(server.DockerHost()...)
	server.WantNothingLeft()
}

// What ssh says is what the user reads, and nothing is asked.
func TestWhatSSHRefusesIsSaidInItsWords(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(*testing.T, *stacktest.SSHD)
		want  string
	}{
		"an unknown host key": {func(t *testing.T, d *stacktest.SSHD) { d.File("known", "", 0o600) }, "Host key verification failed"},
		"a key that is not let in": {func(t *testing.T, d *stacktest.SSHD) {
			d.File("user.pub", "", 0o600)
		}, "Permission denied (publickey)"},
		"no server": {func(t *testing.T, d *stacktest.SSHD) { d.Kill() }, "Connection refused"},
		"no docker there": {func(t *testing.T, d *stacktest.SSHD) {
			d.Kill()
			settings, err := os.ReadFile(filepath.Join(d.Dir, "server"))
			if err != nil {
				t.Fatal(err)
			}
			d.File("server", strings.ReplaceAll(string(settings), "PATH="+os.Getenv("PATH"), "PATH=/nowhere"), 0o600)
			d.Start()
		}, "command not found"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, server := newStack(t, reachable), stacktest.NewSSHD(t)
			c.spoil(t, server)
			s.Env = append(s.Env, server.DockerHost()...)
			s.refused(c.want, "no Docker engine answers at ssh://"+server.Alias+" (DOCKER_HOST): ssh: ")
			server.WantNothingLeft()
		})
	}
}

func TestAServerThatDiesEndsTheRunWithOneErrorSoon(t *testing.T) {
	t.Parallel()
	s, server := newStack(t, stacktest.Slow), stacktest.NewSSHD(t)
	s.Env = append(s.Env, server.DockerHost()...)
	cmd := s.without("infra:up")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stacktest.Eventually(t, "late is started", func() bool { return s.Runs("late") })
	began := time.Now()
	server.Kill()
	_ = cmd.Wait()
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("took %s", took)
	}
	text := out.String()
	if code := cmd.ProcessState.ExitCode(); code != int(failure.Preflight) || strings.Count(text, "Error: ") != 1 ||
		!strings.Contains(text, "the Docker engine at ssh://"+server.Alias+" does not answer any more: ssh: ") {
		t.Errorf("exit code %d\n%s", code, text)
	}
	server.WantNothingLeft()
}

func TestASignalLeavesNoSSHBehind(t *testing.T) {
	t.Parallel()
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		s, server := newStack(t, stacktest.Slow), stacktest.NewSSHD(t)
		s.Env = append(s.Env, server.DockerHost()...)
		cmd := s.without("infra:up")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		stacktest.Eventually(t, "late is started", func() bool { return s.Runs("late") })
		_ = cmd.Process.Signal(signal)
		_ = cmd.Wait()
		server.WantNothingLeft()
	}
}
