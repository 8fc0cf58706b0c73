package integration_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"syscall"
	"testing"

	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// goTest is `go test` of two packages that ask test/stack for the same stack.
func (s *stack) goTest(env ...string) *exec.Cmd {
	s.T.Helper()
	cmd := exec.Command("go", "test", "-count=1", "-v", "./test/stack/testdata/a", "./test/stack/testdata/b")
	cmd.Dir, cmd.Env = stacktest.Root(s.T), append(append(slices.Clone(s.Env), "STACK_DIR="+s.Dir), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}

var named = regexp.MustCompile(`(?m)^stack (go-\S+) `)

func TestThePackagesOfOneGoTestShareAStackThatGoesWithIt(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.File("compose/docker-compose.override.yml", `services: {db: {image: "lab/service:1", ports: ["${DB_PORT:-5432}:8080"]}}`)
	out, err := s.goTest().CombinedOutput()
	names := named.FindAllStringSubmatch(string(out), -1)
	if err != nil || len(names) != 2 || names[0][1] != names[1][1] {
		t.Fatalf("%v: %v\n%s", names, err, out)
	}
	stacktest.Eventually(t, "the stack is gone", func() bool { return s.left() == "" && len(s.records()) == 0 })
	// Another run's is another.
	out, err = s.goTest().CombinedOutput()
	if again := named.FindStringSubmatch(string(out)); err != nil || again == nil || again[1] == names[0][1] {
		t.Errorf("%v: %v\n%s", again, err, out)
	}
	stacktest.Eventually(t, "the stack is gone", func() bool { return s.left() == "" && len(s.records()) == 0 })
}

// A Ctrl-C is for the whole process group of the go command; a KILL for the go command alone,
// whose tests the system goes on with, until they end.
func TestAGoTestThatIsEndedLeavesNoStack(t *testing.T) {
	t.Parallel()
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGKILL} {
		s := newStack(t)
		begun := filepath.Join(s.Dir, "begun")
		cmd := s.goTest("STACK_WAITS=" + begun)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		stacktest.Eventually(t, "the tests have the stack", func() bool { _, err := os.Stat(begun); return err == nil })
		if err := syscall.Kill(-cmd.Process.Pid, signal); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		stacktest.Eventually(t, "the stack is gone after "+signal.String(), func() bool { return s.left() == "" && len(s.records()) == 0 })
	}
}
