package e2e_test

import (
	"bytes"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// root is the repository that is tested.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

var compiled struct {
	once sync.Once
	path string
	err  error
}

// binary is the targets compiled by Mage itself, once for all tests.
func binary(t *testing.T) string {
	t.Helper()
	compiled.once.Do(func() {
		dir, err := os.MkdirTemp("", "sbtest-") //nolint:usetesting // it outlives the test that compiles it
		if err != nil {
			compiled.err = err
			return
		}
		compiled.path = filepath.Join(dir, "mage")
		cmd := exec.Command("go", "tool", "mage", "-compile", compiled.path)
		cmd.Dir = root(t)
		if out, err := cmd.CombinedOutput(); err != nil {
			compiled.err = errors.New(string(out))
		}
	})
	if compiled.err != nil {
		t.Fatal(compiled.err)
	}
	return compiled.path
}

// clone copies what git knows or would add into a new directory, switched to
// the lab and to a project and ports of its own.
func clone(t *testing.T) *stack {
	t.Helper()
	s := newStack(t, "")
	list := exec.Command("git", "ls-files", "-co", "--exclude-standard", "-z")
	list.Dir = root(t)
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		copyFile(t, filepath.Join(root(t), name), filepath.Join(s.dir, name))
	}
	if err := os.Symlink("env/.env.lab", filepath.Join(s.dir, ".env")); err != nil {
		t.Fatal(err)
	}
	s.env = append(s.env, "COMPOSE_PROJECT_NAME="+s.name, "SPELLBOOK_CACHE="+t.TempDir())
	for _, name := range []string{"POSTGRES_PORT", "REDIS_PORT", "NEO4J_HTTP_PORT", "NEO4J_BOLT_PORT"} {
		s.env = append(s.env, name+"="+strconv.Itoa(freePort(t)))
	}
	return s
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	info, err := os.Stat(from)
	if errors.Is(err, os.ErrNotExist) {
		return // deleted and not yet committed
	}
	data, err2 := os.ReadFile(from)
	if err := errors.Join(err, err2, os.MkdirAll(filepath.Dir(to), 0o755)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, info.Mode().Perm()); err != nil {
		t.Fatal(err)
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}

// launch runs scripts/mage of the clone.
func (s *stack) launch(args ...string) (code int, output string) {
	return s.exec(filepath.Join(s.dir, "scripts/mage"), args...)
}

func (s *stack) exec(program string, args ...string) (code int, output string) {
	s.t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Env = s.dir, s.env
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		s.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String()
}

// processes lists what runs with the text in its command line, this test aside.
func processes(t *testing.T, text string) []string {
	t.Helper()
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, dir := range dirs {
		line, err := os.ReadFile(dir + "/cmdline")
		if err == nil && filepath.Base(dir) != strconv.Itoa(os.Getpid()) && strings.Contains(string(line), text) {
			found = append(found, filepath.Base(dir)+" "+strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return found
}

// patience is what a test gives to what has to happen, on however busy a machine.
const patience = 2 * time.Minute

// eventually polls until the condition holds or its time is over, which is patience at least.
func eventually(t *testing.T, what string, limit time.Duration, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(max(limit, patience)); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("not within %s: %s", max(limit, patience), what)
}
