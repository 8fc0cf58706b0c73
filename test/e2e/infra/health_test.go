package infra_test

import (
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// A check that finds another run of itself at work says so in /tmp/twice.
const exclusive = `
  db:
    image: lab/base:bookworm
    stop_grace_period: 0s
    command: [sh, -c, "sleep 7; touch /tmp/up; exec sleep 1000"]
    healthcheck:
      test: 'mkdir /tmp/lock || { echo twice >> /tmp/twice; exit 1; }; sleep 0.3; rmdir /tmp/lock; echo once >> /tmp/once; test -e /tmp/up'
      interval: 2s
      retries: 50
`

// checks is how often the check has run in the container, and met another run of itself.
func (s *stack) checks() (once, twice int) {
	s.T.Helper()
	text := stacktest.Docker(s.T, "exec", s.Name+"-db-1", "sh", "-c", "cat /tmp/once /tmp/twice 2>/dev/null; true")
	return strings.Count(text, "once"), strings.Count(text, "twice")
}

// Docker's own timer goes on meanwhile. On a machine that is stopped for a moment the two
// may meet once, and then never again.
func TestOurProbeNeverRunsBesideDockers(t *testing.T) {
	t.Parallel()
	s := newStack(t, exclusive)
	s.Up(infra.UpOptions{Timeout: time.Minute}).Want(t, failure.OK)
	once, twice := s.checks()
	if twice > 1 || once < 6 {
		t.Errorf("%d runs of the check, %d beside another", once, twice)
	}
}

// slow is a check that the time between two of Docker's is too short for: ours, begun at
// the start, meets Docker's first, which fails of it and makes the container unhealthy.
var slow = strings.NewReplacer("sleep 0.3", "sleep 1.6", "sleep 7; ", "", "interval: 2s", "interval: 1s", "retries: 50", "retries: 1").Replace(exclusive)

func TestACheckThatDoesNotBearASecondOneIsLeftToDocker(t *testing.T) {
	t.Parallel()
	s := newStack(t, slow)
	s.Up(infra.UpOptions{Timeout: time.Minute}).Want(t, failure.OK).Says(t, "its health check ran twice at once, and is left to Docker")
	if _, twice := s.checks(); twice != 1 {
		t.Fatalf("the two met %d times: this test is not about what it was", twice)
	}
	if state := s.Inspect("db", "{{.State.Health.Status}}"); strings.TrimSpace(state) != "healthy" {
		t.Errorf("Docker says %s", state)
	}
	s.Down(infra.DownOptions{}).Want(t, failure.OK)
	s.Up(infra.UpOptions{Timeout: time.Minute}).Want(t, failure.OK).SaysNot(t, "left to Docker")
	if _, twice := s.checks(); twice != 0 {
		t.Errorf("the next run has not learned: %d", twice)
	}
}

func TestACheckIsLeftToDockerWhereTheFilesSaySo(t *testing.T) {
	t.Parallel()
	s := newStack(t, strings.Replace(slow, "    healthcheck:", "    x-spellbook: {readiness: docker}\n    healthcheck:", 1))
	s.Up(infra.UpOptions{Timeout: time.Minute}).Want(t, failure.OK).SaysNot(t, "left to Docker")
	if once, twice := s.checks(); once != 1 || twice != 0 {
		t.Errorf("the check has run %d times, %d beside another", once, twice)
	}
	s.Edit("compose/docker-compose.yml", "readiness: docker", "readiness: dokcer")
	s.Up(infra.UpOptions{Recreate: true}).Want(t, failure.Preflight).Says(t, `services.db.x-spellbook.readiness: "dokcer" is no way to be found ready`)
}

// What a check has begun ends with it: when it takes too long, and when the run ends.
func TestAProbeThatIsEndedLeavesNoProcess(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		test, timeout string
		code          failure.Code
	}{
		"it times out":                 {"CMD-SHELL, sleep 71 & sleep 72; true", "1s", failure.NotReady},
		"it times out, without a line": {"CMD, sh, -c, sleep 71 & sleep 72; true", "1s", failure.NotReady},
		"the run ends":                 {"CMD-SHELL, sleep 71 & sleep 72; true", "1h", failure.NotReady},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, `
  db:
    image: lab/base:bookworm
    stop_grace_period: 0s
    command: [sleep, "1000"]
    healthcheck: {test: [`+c.test+`], interval: 1h, timeout: `+c.timeout+`}
`)
			s.Up(infra.UpOptions{Timeout: 6 * time.Second}).Want(t, c.code)
			if left := stacktest.Docker(t, "top", s.Name+"-db-1"); strings.Contains(left, "sleep 7") {
				t.Errorf("a probe has left\n%s", left)
			}
		})
	}
}

// A check of an image without a shell cannot be told to end but from this machine.
func TestAProbeWithoutAShellIsEndedToo(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  db:
    image: lab/service:1
    stop_grace_period: 0s
    healthcheck: {test: [CMD, /service, oneshot], interval: 1h, timeout: 1s}
    environment: {BOOT: 5s} # until it listens, and of its check as well
`)
	s.Up(infra.UpOptions{Timeout: 9 * time.Second}).Want(t, failure.NotReady)
	if left := stacktest.Docker(t, "top", s.Name+"-db-1"); strings.Contains(left, "oneshot") {
		t.Errorf("a probe has left\n%s", left)
	}
}
