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
	s, server := newStack(t, reachable), newSSHD(t)
	s.obey(server.host()...)
	server.wantNothingLeft()
}

func TestADockerContextOverSSHIsObeyed(t *testing.T) {
	t.Parallel()
	s, server := newStack(t, reachable), newSSHD(t)
	s.obey(append(s.context("config.json", "host=ssh://"+server.alias), "PATH="+server.path)...)
	server.wantNothingLeft()
}

// Many services are looked at together, and a server lets only ten in at once
// that have not said who they are (MaxStartups of sshd_config).
func TestTwentyServicesOverSSHAreNotTooMany(t *testing.T) {
	t.Parallel()
	var services strings.Builder
	for i := range 20 {
		fmt.Fprintf(&services, "  s%d: {image: \"lab/service:1\", ports: [\"127.0.0.1::8080\"], healthcheck: {test: [CMD, /service, health], interval: 1s, timeout: 20s, retries: 20}}\n", i)
	}
	s, server := newStack(t, "\n"+services.String()), newSSHD(t)
	t.Cleanup(func() { t.Logf("%d times signed in", server.signedIn()) })
	s.Env = append(s.Env, server.host()...)
	if code, out := s.hidden("infra:up"); code != 0 {
		t.Errorf("exit code %d\n%s", code, out)
	}
	server.wantNothingLeft()
	before := server.signedIn()
	if code, out := s.hidden("infra:up"); code != 0 {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if got := server.signedIn() - before; got != 1 {
		t.Errorf("an infra:up with nothing to do signed in %d times, want once", got)
	}
}

// What a server with few sessions refuses goes through a connection of its own.
func TestAServerThatOpensOneSessionAConnectionIsEnough(t *testing.T) {
	t.Parallel()
	s, server := newStack(t, reachable), newSSHD(t)
	server.kill()
	settings, err := os.ReadFile(filepath.Join(server.dir, "server"))
	if err != nil {
		t.Fatal(err)
	}
	server.file("server", string(settings)+"MaxSessions 1\n", 0o600)
	server.start()
	s.obey(server.host()...)
	server.wantNothingLeft()
}

// What ssh says is what the user reads, and nothing is asked.
func TestWhatSSHRefusesIsSaidInItsWords(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(*testing.T, *sshd)
		want  string
	}{
		"an unknown host key": {func(t *testing.T, d *sshd) { d.file("known", "", 0o600) }, "Host key verification failed"},
		"a key that is not let in": {func(t *testing.T, d *sshd) {
			d.file("user.pub", "", 0o600)
		}, "Permission denied (publickey)"},
		"no server": {func(t *testing.T, d *sshd) { d.kill() }, "Connection refused"},
		"no docker there": {func(t *testing.T, d *sshd) {
			d.kill()
			settings, err := os.ReadFile(filepath.Join(d.dir, "server"))
			if err != nil {
				t.Fatal(err)
			}
			d.file("server", strings.ReplaceAll(string(settings), "PATH="+os.Getenv("PATH"), "PATH=/nowhere"), 0o600)
			d.start()
		}, "command not found"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, server := newStack(t, reachable), newSSHD(t)
			c.spoil(t, server)
			s.Env = append(s.Env, server.host()...)
			s.refused(c.want, "no Docker engine answers at ssh://"+server.alias+" (DOCKER_HOST): ssh: ")
			server.wantNothingLeft()
		})
	}
}

func TestAServerThatDiesEndsTheRunWithOneErrorSoon(t *testing.T) {
	t.Parallel()
	s, server := newStack(t, stacktest.Slow), newSSHD(t)
	s.Env = append(s.Env, server.host()...)
	cmd := s.without("infra:up")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stacktest.Eventually(t, "late is started", func() bool { return s.Runs("late") })
	began := time.Now()
	server.kill()
	_ = cmd.Wait()
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("took %s", took)
	}
	text := out.String()
	if code := cmd.ProcessState.ExitCode(); code != int(failure.Preflight) || strings.Count(text, "Error: ") != 1 ||
		!strings.Contains(text, "no Docker engine answers at ssh://"+server.alias+" (DOCKER_HOST): ssh: ") {
		t.Errorf("exit code %d\n%s", code, text)
	}
	server.wantNothingLeft()
}

func TestASignalLeavesNoSSHBehind(t *testing.T) {
	t.Parallel()
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		s, server := newStack(t, stacktest.Slow), newSSHD(t)
		s.Env = append(s.Env, server.host()...)
		cmd := s.without("infra:up")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		stacktest.Eventually(t, "late is started", func() bool { return s.Runs("late") })
		_ = cmd.Process.Signal(signal)
		_ = cmd.Wait()
		server.wantNothingLeft()
	}
}
