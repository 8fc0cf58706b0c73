package local

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// golangci-lint starts go list so, and ends by a TERM without it.
func TestWhatHasMadeAGroupOfItsOwnIsEndedToo(t *testing.T) {
	t.Parallel()
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- Run(ctx, Command{Argv: []string{"bash", "-c", `set -m; (trap "" TERM; echo $BASHPID; while :; do sleep 0.1; done) & wait`}, Env: os.Environ(), Stdout: in})
		_ = in.Close()
	}()
	if err := out.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	said := bufio.NewReader(out)
	line, err := said.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := said.ReadString('\n'); errors.Is(err, os.ErrDeadlineExceeded) { // else nobody has the output open
		t.Errorf("process %s is left", line)
		pid, _ := strconv.Atoi(strings.TrimSpace(line))
		_ = syscall.Kill(-pid, syscall.SIGKILL)
	}
}

// Who holds a stack for tests has, and removes it once the tests have ended, by Ctrl-C too.
func TestWhatHasMadeASessionOfItsOwnGoesOn(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), "bash", "-c", `setsid sh -c 'echo $$; exec sleep 60' & set -m; sh -c 'echo $$; exec sleep 60' & wait`)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said := bufio.NewReader(out)
	var pids []int
	for range 2 {
		line, err := said.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		pid, err := strconv.Atoi(strings.TrimSpace(line))
		if err != nil {
			t.Fatal(err)
		}
		pids = append(pids, pid)
	}
	t.Cleanup(func() {
		for _, pid := range pids {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		_ = cmd.Wait()
	})
	own, err := unix.Getsid(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	groups := below(cmd.Process.Pid)
	for _, pid := range pids {
		session, err := unix.Getsid(pid)
		if err != nil {
			t.Fatal(err)
		}
		if listed := slices.Contains(groups, pid); listed != (session == own) {
			t.Errorf("process %d of session %d (ours is %d) is ended: %v", pid, session, own, listed)
		}
	}
}
