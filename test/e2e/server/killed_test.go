package server

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/infinitescribe/spellbook/internal/host/ssh"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// TestMain is also the process that is killed.
func TestMain(m *testing.M) {
	if destination := os.Getenv("SBTEST_CONNECT"); destination != "" {
		os.Exit(busy(destination))
	}
	os.Exit(m.Run())
}

// busy has everything that a deployment may have open, and never ends.
func busy(destination string) int {
	ctx := context.Background()
	s, err := ssh.Connect(ctx, destination, os.Environ())
	if err == nil {
		_, err = s.Docker(ctx)
	}
	if err == nil {
		_, err = s.Files(ctx)
	}
	if err == nil {
		_, _, err = s.Reverse(ctx, "127.0.0.1:9")
	}
	if err == nil {
		err = s.Run(ctx, ssh.Command{Argv: []string{"sh", "-c", "sleep 7301 & sleep 7301"}})
	}
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// Neither here nor on the server anything outlives a process that is killed.
func TestNothingOutlivesAProcessThatIsKilled(t *testing.T) {
	t.Parallel()
	d := newSSHD(t)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(environ(d), "SBTEST_CONNECT="+d.Alias, "TMPDIR="+t.TempDir())
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stacktest.Eventually(t, "it runs", func() bool { return sleeps(t, "7301") })
	_ = cmd.Process.Signal(syscall.SIGKILL)
	_ = cmd.Wait()
}
