package local

import (
	"bufio"
	"context"
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
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
