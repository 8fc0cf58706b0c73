package launcher_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

func TestTwentyAtOnceOnAColdCacheBuildOnce(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	r.twentyAtOnce()
}

func TestRunsWithDifferentCachesDoNotCollideInOneRepository(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("flock"); err != nil {
		t.Skip("without flock(1) the lock lies in the cache")
	}
	r := newRepository(t)
	var running sync.WaitGroup
	for range 4 {
		cmd := r.command(".", "greet")
		cmd.Env = append(cmd.Env, "SPELLBOOK_CACHE="+t.TempDir())
		running.Go(func() {
			if _, stderr, code := outcome(cmd); code != 0 {
				t.Errorf("exit %d\n%s", code, stderr)
			}
		})
	}
	running.Wait()
}

// twentyAtOnce asserts that all of them succeed and one of them builds.
func (r *repository) twentyAtOnce() {
	r.t.Helper()
	var running sync.WaitGroup
	for range 20 {
		running.Go(func() {
			if stdout, stderr, code := outcome(r.command(".", "greet")); code != 0 || stdout != "hello kafka\n" {
				r.t.Errorf("exit %d, printed %q\n%s", code, stdout, stderr)
			}
		})
	}
	running.Wait()
	if got := r.builds(); got != 1 {
		r.t.Errorf("%d builds, want 1", got)
	}
	r.leavesNothingBehind()
}

func (r *repository) leavesNothingBehind() {
	r.t.Helper()
	if _, err := os.Stat(filepath.Join(r.root, "magefiles/mage_output_file.go")); !os.IsNotExist(err) {
		r.t.Errorf("mage_output_file.go was left behind: %v", err)
	}
}

func TestACompileErrorIsShownAndTheNextRunAfterTheFixWorks(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	for _, state := range []string{"first", "second"} {
		r.write("internal/greeting/greeting.go", "package greeting\n\nconst Word = undefinedName\n")
		stdout, stderr, code := outcome(r.command(".", "greet"))
		if code != 1 || stdout != "" || !strings.Contains(stderr, "greeting.go:3:14: undefined: undefinedName") {
			t.Errorf("%s run with the mistake: exit %d, stdout %q\n%s", state, code, stdout, stderr)
		}
	}
	r.leavesNothingBehind()
	r.write("internal/greeting/greeting.go", greeting("hello"))
	if got := r.mage("greet"); got != "hello kafka\n" {
		t.Errorf("printed %q", got)
	}
}

// Go says only that there is no tool of that name. Both remedies are typed.
func TestAWorkspaceAboveThatDoesNotUseTheRepositoryIsNamed(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	work := filepath.Join(filepath.Dir(r.root), "go.work")
	r.write(work, "go 1.26\n")
	_, stderr, code := outcome(r.command(".", "greet"))
	_, hint, named := strings.Cut(stderr, "scripts/mage: "+work+" does not use this module: type ")
	use, setting, _ := strings.Cut(strings.TrimSuffix(hint, "\n"), ", or set ")
	if code != 1 || !named || setting != "GOWORK=off" {
		t.Fatalf("exit %d\n%s", code, stderr)
	}
	without := r.command(".", "greet")
	without.Env = append(without.Env, setting)
	if got := r.succeed(without); got != "hello kafka\n" {
		t.Errorf("with %s it printed %q", setting, got)
	}
	typed := exec.CommandContext(t.Context(), "sh", "-c", use)
	typed.Dir, typed.Env = r.root, r.environ()
	r.succeed(typed)
	r.write("internal/greeting/greeting.go", greeting("hi"))
	if got := r.mage("greet"); got != "hi kafka\n" {
		t.Errorf("after %s it printed %q", use, got)
	}
}

// Mage builds beside the targets, and what it says where that cannot be written names no way out.
func TestACheckoutThatCannotBeWrittenIsNamedWithTheCommandThatCopiesIt(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	r.must(os.Chmod(filepath.Dir(filepath.Dir(r.root)), 0o755)) // as somebody else reads it
	r.must(os.Mkdir(r.cache, 0o777))
	r.must(os.Chmod(r.cache, 0o777))
	r.must(os.Chmod(filepath.Join(r.root, "magefiles"), 0o555))
	t.Cleanup(func() { _ = os.Chmod(filepath.Join(r.root, "magefiles"), 0o755) })
	cmd := r.command(".", "greet")
	if os.Getuid() == 0 { // who may write anywhere
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	_, stderr, code := outcome(cmd)
	refused, typed, named := strings.Cut(stderr, ": copy it to a place of your own: ")
	want := "scripts/mage: you may not write in " + filepath.Join(r.root, "magefiles") + ", where Mage builds, and " + filepath.Join(r.cache, "mage") + " has no binary of it"
	if code != 1 || !named || !strings.HasSuffix(refused, want) {
		t.Fatalf("exit %d\n%s", code, stderr)
	}
	own := filepath.Join(t.TempDir(), "own")
	r.succeed(exec.CommandContext(t.Context(), "sh", "-c", strings.Replace(typed, "DIRECTORY", own, 1)))
	r.must(os.Chmod(filepath.Join(own, "magefiles"), 0o755)) // of another's files, cp makes one's own
	r.root = own
	if got := r.mage("greet"); got != "hello kafka\n" {
		t.Errorf("in the copy it printed %q", got)
	}
}

func TestAKilledBuildDoesNotBreakTheNext(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	cmd := r.startHeldBuild()
	r.must(syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL))
	_ = cmd.Wait()
	if _, err := os.Stat(filepath.Join(r.root, "magefiles/mage_output_file.go")); err != nil {
		t.Fatalf("the build was not cut where mage's file lies there: %v", err)
	}
	r.must(os.Remove(filepath.Join(r.shim, "hold")))
	if got := r.mage("greet"); got != "hello kafka\n" {
		t.Errorf("printed %q", got)
	}
	r.leavesNothingBehind()
}

// Only the launcher dies here; the build that it started goes on and would collide with a second one.
func TestARunWaitsForTheBuildOfAKilledLauncher(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("flock"); err != nil {
		t.Skip("without flock(1) the lock is the launcher's, and dies with it")
	}
	r := newRepository(t)
	killed := r.startHeldBuild()
	r.must(killed.Process.Kill())
	_ = killed.Wait()

	next := r.command(".", "greet")
	r.must(next.Start())
	r.until("a waiting process", 10*time.Millisecond, r.waitsForLock)
	r.must(os.Remove(filepath.Join(r.shim, "hold")))
	if err := next.Wait(); err != nil {
		t.Error(err)
	}
	r.leavesNothingBehind()
}

// startHeldBuild returns a launcher, the leader of a process group, that is in the middle of `go build`.
func (r *repository) startHeldBuild() *exec.Cmd {
	r.t.Helper()
	r.write(filepath.Join(r.shim, "hold"), "build")
	cmd := r.command(".", "greet")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	r.must(cmd.Start())
	r.until("a build", 10*time.Millisecond, func() bool {
		_, err := os.Stat(filepath.Join(r.shim, "building"))
		return err == nil
	})
	return cmd
}

// waitsForLock reports whether a flock process waits: it has been started for the second run, while the first
// run's has long ended.
func (r *repository) waitsForLock() bool {
	found, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, file := range found {
		environ, err := os.ReadFile(file)
		name, nameErr := os.ReadFile(filepath.Join(filepath.Dir(file), "comm"))
		if err == nil && nameErr == nil && string(name) == "flock\n" && strings.Contains(string(environ), r.cache) {
			return true
		}
	}
	return false
}
