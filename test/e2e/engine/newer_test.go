package engine_test

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/endpoint"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// newer is where an engine as new as Debian 13's or newer is: these tests' own one if it is that, else the
// second one beside it, which goes on running for whoever is next (docs/lab.md).
func newer(t *testing.T) (host string) {
	t.Helper()
	own := stacktest.EngineClient(t).Endpoint.Host
	if minor(t, own) >= debian13 {
		return own
	}
	script := exec.Command(filepath.Join(stacktest.Root(t), "scripts/lab/engine.sh"), "26-containerd")
	var errs strings.Builder
	script.Stderr = &errs
	out, err := script.Output()
	host, found := strings.CutPrefix(strings.TrimSpace(string(out)), "DOCKER_HOST=")
	if err != nil || !found {
		t.Fatalf("scripts/lab/engine.sh: %v, printed %q\n%s", err, out, &errs)
	}
	return host
}

// debian13 is the minor version of the API of Debian 13's engine, 26.1: the versions of engines themselves begin anew past 29.
const debian13 = 45

func minor(t *testing.T, host string) int {
	t.Helper()
	var minor int
	said := stacktest.Docker(t, "--host", host, "version", "--format", "{{.Server.APIVersion}}")
	if _, err := fmt.Sscanf(said, "1.%d", &minor); err != nil {
		t.Fatalf("API version %q: %v", said, err)
	}
	return minor
}

// newStackOn is newStack on another engine.
func newStackOn(t *testing.T, host, services string) *stack {
	t.Helper()
	s := newStack(t, services)
	s.Env = append(s.Env, "DOCKER_HOST="+host)
	c, err := docker.Open(endpoint.Endpoint{Host: host, Origin: "DOCKER_HOST"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	s.Client = c
	return s
}

// circle does what must leave both running, whatever the engine's list tells.
func (s *stack) circle(round int) {
	s.T.Helper()
	for _, step := range []struct {
		name string
		do   func(context.Context, *app.Run) error
	}{
		{"infra:restart", func(ctx context.Context, w *app.Run) error { return infra.Restart(ctx, w, nil) }},
		{"infra:stop", func(ctx context.Context, w *app.Run) error { return infra.Stop(ctx, w, nil) }},
		{"infra:start", func(ctx context.Context, w *app.Run) error { return infra.Start(ctx, w, nil) }},
		{"infra:restart -services=web", func(ctx context.Context, w *app.Run) error {
			return infra.Restart(ctx, w, []string{"web"})
		}},
	} {
		if r := s.Run(step.do); r.Code != failure.OK {
			s.T.Errorf("round %d: %s: exit code %d\n%s", round, step.name, r.Code, r.All())
		}
		if step.name == "infra:stop" {
			continue
		}
		for _, service := range []string{"db", "web"} {
			out, err := exec.Command("docker", "--host", s.Client.Endpoint.Host, "inspect", "--format", "{{.State.Status}}", s.Name+"-"+service+"-1").CombinedOutput()
			if state := strings.TrimSpace(string(out)); err != nil || state != "running" {
				s.T.Errorf("round %d: after %s %s is %s (%v)", round, step.name, service, state, err)
			}
		}
	}
}

func TestANewerEngine(t *testing.T) {
	t.Parallel()
	host := newer(t)
	if m := minor(t, host); m < debian13 {
		t.Errorf("this is an engine of API 1.%d, not 1.%d or newer", m, debian13)
	}
	t.Run("has nothing stopped after a restart", func(t *testing.T) { restartsAll(t, host) })
	t.Run("has nothing left after a down", func(t *testing.T) { leavesNothing(t, host) })
}

// The engine of Debian 13 answers a stop before its container list knows of it.
// Several stacks at once keep it busy, which makes that likely.
func restartsAll(t *testing.T, host string) {
	var all sync.WaitGroup
	for i := range 4 {
		s := newStackOn(t, host, stacktest.Pair)
		all.Go(func() {
			if r := s.Up(infra.UpOptions{}); r.Code != failure.OK {
				t.Errorf("stack %d: exit code %d\n%s", i, r.Code, r.All())
				return
			}
			for round := range 2 {
				s.circle(round)
			}
		})
	}
	all.Wait()
}

func leavesNothing(t *testing.T, host string) {
	s := newStackOn(t, host, stacktest.Pair)
	for round := range 2 {
		s.Up(infra.UpOptions{}).Want(t, failure.OK)
		s.Run(func(ctx context.Context, w *app.Run) error { return infra.Recreate(ctx, w, []string{"db"}) }).Want(t, failure.OK)
		s.Down(infra.DownOptions{}).Want(t, failure.OK)
		if ids := s.IDs(); len(ids) != 0 {
			t.Errorf("round %d left %s", round, fmt.Sprint(ids))
		}
	}
}
