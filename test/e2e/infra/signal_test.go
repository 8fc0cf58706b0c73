package infra_test

import (
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

func TestCtrlCInATerminalLeavesNoProcessAndSaysWhatRuns(t *testing.T) {
	t.Parallel()
	s := newStack(t, stacktest.Slow)
	cmd := s.Mage("infra:up")
	cmd.Env = append(cmd.Env, "TERM=xterm")
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: 80})
	if err != nil {
		t.Fatal(err)
	}
	screen := stacktest.Capture(terminal)
	stacktest.Eventually(t, "late is started", func() bool { return s.Runs("late") })
	began := time.Now()
	if _, err := terminal.Write([]byte{3}); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if took := time.Since(began); took > stacktest.Patience {
		t.Errorf("took %s", took)
	}
	if code := cmd.ProcessState.ExitCode(); code != 130 {
		t.Errorf("exit code %d", code)
	}
	text := screen()
	stacktest.Result{Out: text}.Says(t, "Error: interrupted\r\n", "still running: db (ready, ", "still running: late (starting, ", "mage infra:up goes on").SaysNot(t, "cancelling mage targets")
	if left := stacktest.Processes(t, s.Name); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// A stop that takes its time is cut short in our words, not in those of the
// HTTP client, and what to do is to run the same again.
func TestCtrlCDuringDownSaysSoInOneLine(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  slow: {image: "lab/service:1", stop_signal: SIGURG, stop_grace_period: 20s}
`)
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	cmd, out := s.StartBinary("infra:down")
	time.Sleep(time.Second) // the stop is under way; nothing tells when
	began := time.Now()
	_ = cmd.Process.Signal(syscall.SIGINT)
	_ = cmd.Wait()
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("took %s", took)
	}
	s.Shows("infra:down, and Ctrl-C", stacktest.Result{Code: failure.Code(cmd.ProcessState.ExitCode()), Out: out.String()})
	stacktest.Docker(t, "kill", s.Name+"-slow-1")
}

// Compose makes the new container under another name, and gives it its own one at the end.
func TestARecreationThatIsInterruptedIsCompletedByTheNextUp(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  slow: {image: "lab/service:1", stop_signal: SIGURG, stop_grace_period: 4s}
  quick: {image: "lab/service:1", stop_grace_period: 0s}
`)
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	cmd, out := s.StartBinary("infra:recreate")
	stacktest.Eventually(t, "the new container is made, the old one is stopped", func() bool {
		return strings.Count(stacktest.Docker(t, "ps", "-a", "--format", "{{.Names}}", "--filter", "name="+s.Name+"-slow-1"), "\n") > 1
	})
	_ = cmd.Process.Signal(syscall.SIGINT)
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 130 {
		t.Errorf("exit code %d\n%s", code, out)
	}
	s.Up(infra.UpOptions{}).Want(t, failure.OK).Says(t, "renamed")
	ids, quick := s.IDs(), s.Name+"-quick-1"
	if names := slices.Sorted(maps.Keys(ids)); !slices.Equal(names, []string{quick, s.Name + "-slow-1"}) {
		t.Errorf("containers: %v", names)
	}
	stacktest.Docker(t, "rename", quick, "0123456789ab_"+quick)
	s.Up(infra.UpOptions{}).Want(t, failure.OK).Says(t, "renamed").SaysNot(t, "started")
	s.Up(infra.UpOptions{}).Want(t, failure.OK).Says(t, "nothing to do")
	s.Compose("up", "-d")
	if now := s.IDs(); !maps.Equal(now, ids) {
		t.Errorf("made anew: %v, %v", ids, now)
	}
}

func TestASecondSignalEndsItAtOnce(t *testing.T) {
	t.Parallel()
	s := newStack(t, stacktest.Slow)
	cmd, out := s.StartBinary("infra:up")
	stacktest.Eventually(t, "late is started", func() bool { return s.Runs("late") })
	for range 2 {
		_ = cmd.Process.Signal(syscall.SIGINT)
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 130 {
		t.Errorf("exit code %d\n%s", code, out)
	}
}

func TestSignalsEndARunWithTheirOwnCode(t *testing.T) {
	t.Parallel()
	for signal, code := range map[syscall.Signal]int{syscall.SIGTERM: 143, syscall.SIGINT: 130, syscall.SIGHUP: 129} {
		s := newStack(t, stacktest.Slow)
		cmd, out := s.StartBinary("infra:up")
		stacktest.Eventually(t, "late is started", func() bool { return s.Runs("late") })
		began := time.Now()
		_ = cmd.Process.Signal(signal)
		_ = cmd.Wait()
		if took := time.Since(began); took > stacktest.Patience {
			t.Errorf("%s: took %s", signal, took)
		}
		if got := cmd.ProcessState.ExitCode(); got != code {
			t.Errorf("%s: exit code %d\n%s", signal, got, out)
		}
	}
}

func TestASignalEndsTheComposeCLIToo(t *testing.T) {
	t.Parallel()
	s := newStack(t, stacktest.Slow)
	cmd, _ := s.StartBinary("infra:up")
	stacktest.Eventually(t, "docker compose runs", func() bool { return len(stacktest.Processes(t, s.Name)) > 0 })
	_ = cmd.Process.Signal(syscall.SIGTERM)
	_ = cmd.Wait()
	if left := stacktest.Processes(t, s.Name); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// Killed at random moments, the next up converges: each service once, ready.
func TestAfterBeingKilledAtAnyMomentTheNextUpConverges(t *testing.T) {
	t.Parallel()
	s := newStack(t, strings.Replace(stacktest.Chain, `MIGRATE_TO: "db:8080"`, `MIGRATE_TO: "db:8080", BOOT: 600ms`, 1))
	for range 20 {
		s.Down(infra.DownOptions{}).Want(t, failure.OK)
		cmd, _ := s.StartBinary("infra:up")
		after := time.Duration(rand.Int64N(int64(2500 * time.Millisecond)))
		time.Sleep(after)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		stacktest.Eventually(t, "no child survives", func() bool { return len(stacktest.Processes(t, s.Name)) == 0 })
		if r := s.Up(infra.UpOptions{}); r.Code != failure.OK {
			t.Fatalf("killed after %s, the next up:\n%s", after, r.All())
		}
		if ids := s.IDs(); len(ids) != 3 || !s.Runs("api") {
			t.Fatalf("killed after %s: %v", after, ids)
		}
		if done, began := s.moment("migrate", "FinishedAt"), s.moment("api", "StartedAt"); began.Before(done) {
			t.Fatalf("killed after %s: api started at %s, and migrate ended at %s", after, began, done)
		}
	}
}

// moment is a time of a service's first container.
func (s *stack) moment(service, field string) time.Time {
	s.T.Helper()
	at, err := time.Parse(time.RFC3339Nano, s.Inspect(service, "{{.State."+field+"}}"))
	if err != nil {
		s.T.Fatal(err)
	}
	return at
}

func TestASecondUpWaitsForTheFirstAndThenFindsNothingToDo(t *testing.T) {
	t.Parallel()
	s := newStack(t, stacktest.Chain)
	cmd, first := s.StartBinary("infra:up")
	stacktest.Eventually(t, "the first has begun", func() bool { return len(s.IDs()) > 0 })
	second := s.Up(infra.UpOptions{}).Want(t, failure.OK)
	_ = cmd.Wait()
	if cmd.ProcessState.ExitCode() != 0 {
		t.Errorf("the first:\n%s", first)
	}
	second.Says(t, "waiting for infra:up (pid ", "nothing to do")
}

func TestALockThatIsNotFreedInTimeIsSaid(t *testing.T) {
	t.Parallel()
	s := newStack(t, stacktest.Slow)
	cmd, _ := s.StartBinary("infra:up")
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	stacktest.Eventually(t, "the first has begun", func() bool { return len(s.IDs()) > 0 })
	s.Shows("infra:up -timeout=1s", s.Up(infra.UpOptions{Timeout: time.Second}))
}

// Twenty at once through the launcher, which has yet to build the binary.
func TestTwentyLaunchersAtOnceAllSucceed(t *testing.T) {
	s := clone(t)
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			if code, out := s.Exec(filepath.Join(s.Dir, "scripts/mage"), "infra:up"); code != 0 {
				t.Errorf("exit code %d\n%s", code, out)
			}
		})
	}
	group.Wait()
	if ids := s.IDs(); len(ids) != 3 {
		t.Errorf("containers: %v", ids)
	}
}
