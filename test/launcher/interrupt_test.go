package launcher_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// Ctrl-C reaches all processes of the terminal's group; pnpm and init systems signal one.
func TestASignalEndsABuildWithItsCodeAndNothingElse(t *testing.T) {
	t.Parallel()
	for name, repository := range map[string]func(*testing.T) *repository{"flock": func(t *testing.T) *repository { return newRepository(t) }, "without GNU tools": withoutGNU} {
		for signal, want := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143, syscall.SIGHUP: 129} {
			during := "build"
			if signal == syscall.SIGTERM {
				during = "list -e -deps" // of what the build has read, after it
			}
			t.Run(name+" "+signal.String(), func(t *testing.T) {
				t.Parallel()
				r := repository(t)
				r.write(filepath.Join(r.shim, "hold"), during)
				cmd := r.command(".", "greet")
				cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
				var said bytes.Buffer
				cmd.Stdout, cmd.Stderr = &said, &said
				r.must(cmd.Start())
				r.until("a build", 20*time.Millisecond, func() bool { _, err := os.Stat(filepath.Join(r.shim, "building")); return err == nil })
				r.must(syscall.Kill(-cmd.Process.Pid, signal))
				_ = cmd.Wait()
				if code := cmd.ProcessState.ExitCode(); code != want || said.Len() > 0 {
					t.Errorf("exit %d, want %d\n%s", code, want, said.String())
				}
				r.must(os.Remove(filepath.Join(r.shim, "hold")))
				if left := r.succeed(exec.Command("find", r.root, r.cache, "-name", "mage_output_file.go", "-o", "-name", "extras.*", "-o", "-name", "new")); left != "" {
					t.Errorf("left behind: %s", left)
				}
				if got := r.mage("greet"); got != "hello kafka\n" {
					t.Errorf("afterwards greet printed %q", got)
				}
			})
		}
	}
}
