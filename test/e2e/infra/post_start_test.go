package infra_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// A service whose post_start hook has failed is not ready until the hook has gone
// well, which takes another start.
func TestAServiceWhoseHookFailedIsNotReadyUntilItSucceeds(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  web:
    image: lab/postgres:15
    entrypoint: [sleep, infinity]
    init: true
    stop_grace_period: 1s
    volumes: ["./given:/given"]
    post_start: [{command: [sh, -c, "cat /given/seed && echo seeded >> /tmp/hook"]}]
`)
	s.File("compose/given/readme", "")
	first := s.Up(infra.UpOptions{})
	first.Want(t, failure.Preflight).Says(t, "✖ web docker compose up: web hook exited with status 1: cat: /given/seed: No such file or directory\n")
	for range 2 {
		s.Status(false).Want(t, failure.NotReady).Says(t, "its post_start hook failed")
		if again := s.Up(infra.UpOptions{}); again.Code != first.Code {
			t.Fatalf("exit code %d, and %d before\n%s", again.Code, first.Code, again.All())
		}
	}
	s.File("compose/given/seed", "")
	s.Up(infra.UpOptions{}).Want(t, failure.OK).Says(t, "restarted, as its post_start hook failed")
	s.Status(false).Want(t, failure.OK)
	s.Settled()
}

// Compose gives the number of a lost replica to none: of two that were lost once each there
// are 3 and 4, and then 4 and 5.
func TestAHookThatFailsInWhatReplacesALostReplicaIsRemembered(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  web:
    image: lab/postgres:15
    entrypoint: [sleep, infinity]
    init: true
    stop_grace_period: 1s
    deploy: {replicas: 2}
    volumes: ["./given:/given"]
    post_start: [{command: [sh, -c, "cat /given/seed && echo seeded >> /tmp/hook"]}]
`)
	s.File("compose/given/seed", "")
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	for _, lost := range []string{"-web-1", "-web-2"} {
		stacktest.Docker(t, "rm", "--force", s.Name+lost)
		s.Up(infra.UpOptions{}).Want(t, failure.OK)
	}
	if err := os.Remove(filepath.Join(s.Dir, "compose/given/seed")); err != nil {
		t.Fatal(err)
	}
	stacktest.Docker(t, "rm", "--force", s.Name+"-web-3")
	s.Up(infra.UpOptions{}).Want(t, failure.Preflight)
	s.Status(false).Want(t, failure.NotReady).Says(t, "its post_start hook failed")
	s.File("compose/given/seed", "")
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	if got := stacktest.Docker(t, "exec", s.Name+"-web-5", "cat", "/tmp/hook"); got != "seeded\n" {
		t.Errorf("the new one's hook has written %q", got)
	}
	s.Settled()
}
