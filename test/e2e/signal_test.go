package e2e_test

import (
	"bytes"
	"math/rand/v2"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
)

const slow = `
  db:
    image: lab/service:1
    environment: {BOOT: 600ms}
    ` + health + `
  late:
    image: lab/service:1
    environment: {BOOT: 1h}
    ` + health + `
    depends_on: {db: {condition: service_healthy}}
`

// started runs the compiled targets in the background.
func (s *stack) started(args ...string) (*exec.Cmd, *bytes.Buffer) {
	s.t.Helper()
	cmd := exec.Command(binary(s.t), args...)
	cmd.Dir, cmd.Env = s.dir, s.env
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	return cmd, &out
}

func TestCtrlCInATerminalLeavesNoProcessAndSaysWhatRuns(t *testing.T) {
	t.Parallel()
	s := newStack(t, slow)
	cmd := exec.Command(binary(t), "infra:up")
	cmd.Dir, cmd.Env = s.dir, append(s.env, "TERM=xterm")
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: 80})
	if err != nil {
		t.Fatal(err)
	}
	screen := capture(terminal)
	eventually(t, "late is started", 20*time.Second, func() bool { return strings.Contains(s.ids()[s.name+"-late-1"], "running") })
	began := time.Now()
	if _, err := terminal.Write([]byte{3}); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if took := time.Since(began); took > patience {
		t.Errorf("took %s", took)
	}
	if code := cmd.ProcessState.ExitCode(); code != 130 {
		t.Errorf("exit code %d", code)
	}
	text := screen()
	for _, want := range []string{"Error: interrupted\r\n", "still running: db (ready, ", "still running: late (starting, ", "mage infra:up goes on"} {
		if !strings.Contains(text, want) {
			t.Errorf("the screen does not say %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "cancelling mage targets") {
		t.Errorf("Mage has its word too:\n%s", text)
	}
	if left := processes(t, s.name); len(left) > 0 {
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
	s.up(infra.UpOptions{}).want(t, failure.OK)
	cmd, out := s.started("infra:down")
	time.Sleep(time.Second) // the stop is under way; nothing tells when
	began := time.Now()
	_ = cmd.Process.Signal(syscall.SIGINT)
	_ = cmd.Wait()
	if took := time.Since(began); took > 15*time.Second || cmd.ProcessState.ExitCode() != 130 {
		t.Errorf("took %s, exit code %d", took, cmd.ProcessState.ExitCode())
	}
	for _, want := range []string{"Error: interrupted\n", "still running: slow (ready", "→ mage infra:down goes on from here"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("does not say %q:\n%s", want, out)
		}
	}
	for _, odd := range []string{"http", "cancelling", "infra:up", "context canceled"} {
		if strings.Contains(out.String(), odd) {
			t.Errorf("says %q:\n%s", odd, out)
		}
	}
	cli(t, "kill", s.name+"-slow-1")
}

func TestASecondSignalEndsItAtOnce(t *testing.T) {
	t.Parallel()
	s := newStack(t, slow)
	cmd, out := s.started("infra:up")
	eventually(t, "late is started", 20*time.Second, func() bool { return strings.Contains(s.ids()[s.name+"-late-1"], "running") })
	for range 2 {
		_ = cmd.Process.Signal(syscall.SIGINT)
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 130 {
		t.Errorf("exit code %d\n%s", code, out)
	}
}

// capture reads a terminal until it closes.
func capture(terminal interface{ Read([]byte) (int, error) }) func() string {
	var mu sync.Mutex
	var text bytes.Buffer
	done := make(chan struct{})
	go func() {
		defer close(done)
		b := make([]byte, 4096)
		for {
			n, err := terminal.Read(b)
			mu.Lock()
			text.Write(b[:n])
			mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return func() string { <-done; mu.Lock(); defer mu.Unlock(); return text.String() }
}

func TestSignalsEndARunWithTheirOwnCode(t *testing.T) {
	t.Parallel()
	for signal, code := range map[syscall.Signal]int{syscall.SIGTERM: 143, syscall.SIGINT: 130, syscall.SIGHUP: 129} {
		s := newStack(t, slow)
		cmd, out := s.started("infra:up")
		eventually(t, "late is started", 20*time.Second, func() bool { return strings.Contains(s.ids()[s.name+"-late-1"], "running") })
		began := time.Now()
		_ = cmd.Process.Signal(signal)
		_ = cmd.Wait()
		if took := time.Since(began); took > patience {
			t.Errorf("%s: took %s", signal, took)
		}
		if got := cmd.ProcessState.ExitCode(); got != code {
			t.Errorf("%s: exit code %d\n%s", signal, got, out)
		}
	}
}

func TestASignalEndsTheComposeCLIToo(t *testing.T) {
	t.Parallel()
	s := newStack(t, slow)
	cmd, _ := s.started("infra:up")
	eventually(t, "docker compose runs", 20*time.Second, func() bool { return len(processes(t, s.name)) > 0 })
	_ = cmd.Process.Signal(syscall.SIGTERM)
	_ = cmd.Wait()
	if left := processes(t, s.name); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// Killed at random moments, the next up converges: each service once, ready.
func TestAfterBeingKilledAtAnyMomentTheNextUpConverges(t *testing.T) {
	t.Parallel()
	s := newStack(t, strings.Replace(chain, `MIGRATE_TO: "db:8080"`, `MIGRATE_TO: "db:8080", BOOT: 600ms`, 1))
	for range 20 {
		s.down(infra.DownOptions{}).want(t, failure.OK)
		cmd, _ := s.started("infra:up")
		after := time.Duration(rand.Int64N(int64(2500 * time.Millisecond)))
		time.Sleep(after)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		eventually(t, "no child survives", 2*time.Second, func() bool { return len(processes(t, s.name)) == 0 })
		if r := s.up(infra.UpOptions{}); r.code != failure.OK {
			t.Fatalf("killed after %s, the next up:\n%s", after, r.all())
		}
		if ids := s.ids(); len(ids) != 3 || !strings.Contains(ids[s.name+"-api-1"], "running") {
			t.Fatalf("killed after %s: %v", after, ids)
		}
		if done, began := s.moment("migrate", "FinishedAt"), s.moment("api", "StartedAt"); began.Before(done) {
			t.Fatalf("killed after %s: api started at %s, and migrate ended at %s", after, began, done)
		}
	}
}

// moment is a time of a service's first container.
func (s *stack) moment(service, field string) time.Time {
	s.t.Helper()
	at, err := time.Parse(time.RFC3339Nano, s.inspect(service, "{{.State."+field+"}}"))
	if err != nil {
		s.t.Fatal(err)
	}
	return at
}

func TestASecondUpWaitsForTheFirstAndThenFindsNothingToDo(t *testing.T) {
	t.Parallel()
	s := newStack(t, chain)
	cmd, first := s.started("infra:up")
	eventually(t, "the first has begun", 20*time.Second, func() bool { return len(s.ids()) > 0 })
	second := s.up(infra.UpOptions{}).want(t, failure.OK)
	_ = cmd.Wait()
	if cmd.ProcessState.ExitCode() != 0 {
		t.Errorf("the first:\n%s", first)
	}
	if !strings.Contains(second.err, "waiting for infra:up (pid ") || !strings.Contains(second.out, "nothing to do") {
		t.Errorf("the second:\n%s", second.all())
	}
}

func TestALockThatIsNotFreedInTimeIsSaid(t *testing.T) {
	t.Parallel()
	s := newStack(t, slow)
	cmd, _ := s.started("infra:up")
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	eventually(t, "the first has begun", 20*time.Second, func() bool { return len(s.ids()) > 0 })
	r := s.up(infra.UpOptions{Timeout: time.Second}).want(t, failure.Locked)
	if !strings.Contains(r.failed.Error(), "infra:up (pid ") {
		t.Errorf("got %v", r.failed)
	}
}

// Twenty at once through the launcher, which has yet to build the binary.
func TestTwentyLaunchersAtOnceAllSucceed(t *testing.T) {
	s := clone(t)
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			if code, out := s.launch("infra:up"); code != 0 {
				t.Errorf("exit code %d\n%s", code, out)
			}
		})
	}
	group.Wait()
	if ids := s.ids(); len(ids) != 3 {
		t.Errorf("containers: %v", ids)
	}
}
