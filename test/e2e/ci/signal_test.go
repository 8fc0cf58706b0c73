package ci_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

func TestASignalEndsCIAndLeavesNothing(t *testing.T) {
	t.Parallel()
	for signal, code := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143} {
		s := newShop(t)
		s.Edit("page_test.go", "\t_ = got.Body.Close()\n", "\t_ = got.Body.Close()\n\tif err := os.WriteFile(\"began\", []byte(strconv.Itoa(os.Getpid())), 0o600); err != nil {\n\t\tt.Fatal(err)\n\t}\n\t<-t.Context().Done()\n")
		s.Edit("page_test.go", "\t\"os\"\n", "\t\"os\"\n\t\"strconv\"\n")
		cmd := exec.Command(stacktest.Adopted(t), "ci", "-only=report")
		out := stacktest.NewOutput()
		cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = s.Dir, s.Env, out, out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		began := ""
		stacktest.Eventually(t, "the tests begin", func() bool {
			text, _ := os.ReadFile(filepath.Join(s.Dir, "began"))
			began = string(text)
			return began != "" || cmd.ProcessState != nil
		})
		if s.left() == "" {
			t.Errorf("there is no stack:\n%s", out)
		}
		if err := cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		if got := cmd.ProcessState.ExitCode(); got != code {
			t.Errorf("%s: exit code %d, want %d\n%s", signal, got, code, out)
		}
		if left := s.left(); left != "" {
			t.Errorf("%s: the engine still has\n%s", signal, left)
		}
		if stat, err := os.ReadFile("/proc/" + began + "/stat"); err == nil && !strings.Contains(string(stat), ") Z ") {
			t.Errorf("%s: the tests still run: %s", signal, stat)
		}
		if _, err := os.Stat(filepath.Join(s.Dir, "reported")); err == nil {
			t.Errorf("%s: what was not to begin has run", signal)
		}
		if left, _ := filepath.Glob(filepath.Join(s.Dir, ".spellbook/test/*/stack.json")); len(left) > 0 {
			t.Errorf("%s: records are left: %q", signal, left)
		}
	}
}
