package infra_test

import (
	"context"
	"regexp"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// What its restart policy starts again and again is not ready, neither for up nor for
// status, whether it happens to run or not.
func TestACrashLoopIsNeverReady(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  loop: {image: "lab/service:1", restart: always, environment: {CRASH_AFTER: 1s, EXIT_CODE: "9"}}
`)
	s.Up(infra.UpOptions{}) // which may see its first second and no more
	stacktest.Eventually(t, "it was started again", func() bool { return s.Inspect("loop", "{{.RestartCount}}") != "0" })
	loop := regexp.MustCompile(`loop +failed +.*restarting \((once|\d+ times)( in \d+ s)?, last exit 9\)`)
	for range 12 {
		r := s.Status(false).Want(t, failure.NotReady)
		if !loop.MatchString(r.All()) {
			t.Fatal(r.All())
		}
		time.Sleep(250 * time.Millisecond)
	}
	s.Up(infra.UpOptions{}).Want(t, failure.NotReady).Says(t, "exited with code 9 and was restarted")
}

// A policy that has used up its tries starts nothing again: nobody waits for it.
func TestAPolicyThatHasNoTriesLeftIsAnEnd(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  job: {image: "lab/service:1", restart: "on-failure:2", command: [oneshot], environment: {EXIT_CODE: "7"}, healthcheck: {test: [CMD, /service, health, tcp], interval: 1s}}
`)
	r := s.Up(infra.UpOptions{Timeout: 5 * time.Minute}).Want(t, failure.NotReady)
	r.Says(t, "exited with code 7 and was restarted 2 times")
	s.Status(false).Want(t, failure.NotReady).Says(t, "exited with code 7")
}

// A service that ends with another code at its own stop signal was stopped all the same.
func TestAStopIsNoFailureWhateverItsSignal(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  quits: {image: "lab/service:1", stop_signal: SIGQUIT, stop_grace_period: 5s, `+stacktest.Health+`}
  sleeps: {image: "lab/postgres:15", entrypoint: [sleep, infinity], init: true, stop_signal: SIGUSR1, stop_grace_period: 5s}
`)
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	s.Run(func(ctx context.Context, w *app.Run) error { return infra.Stop(ctx, w, nil) }).Want(t, failure.OK)
	for _, name := range []string{"quits", "sleeps"} {
		if code := s.Inspect(name, "{{.State.ExitCode}}"); code == "0" {
			t.Errorf("%s ended with 0, which proves nothing", name)
		}
	}
	s.Status(false).Want(t, failure.NotReady).SaysNot(t, "failed").Says(t, "stopped")
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	s.Compose("stop", "sleeps")
	s.Status(false).Want(t, failure.NotReady).SaysNot(t, "failed").Says(t, "stopped")
}

// The engine would refuse it with half of the stack made.
func TestAttemptsOfAPolicyWithoutAnEndAreToldFirst(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  worker: {image: "lab/service:1", stop_grace_period: 1s, deploy: {restart_policy: {condition: any, max_attempts: 3}}}
`)
	s.Up(infra.UpOptions{}).Want(t, failure.Preflight).Says(t, "service worker is to be restarted 3 times at most by the policy always, which has no end", "write condition: on-failure")
	s.Edit("compose/docker-compose.yml", "condition: any", "condition: on-failure")
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
}

// A job that is to be tried again when it fails is done when it has not.
func TestAJobThatIsTriedAgainIsDoneOnceItEndsWell(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  job: {image: "lab/service:1", restart: on-failure, command: [oneshot]}
  same: {image: "lab/service:1", deploy: {restart_policy: {condition: on-failure}}, command: [oneshot]}
`)
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	for _, name := range []string{"job", "same"} {
		stacktest.Eventually(t, name+" has ended", func() bool { return !s.Runs(name) })
	}
	s.Status(false).Want(t, failure.OK).SaysNot(t, "failed", "exited")
	s.Settled()
}
