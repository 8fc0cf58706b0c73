package launcher_test

import (
	"bufio"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

func TestTargetsRunAtTheRootAndKnowWhereTheyWereCalled(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	r.must(os.MkdirAll(filepath.Join(r.root, "docs/a guide"), 0o755))
	link := filepath.Join(t.TempDir(), "linked launcher")
	r.must(os.Symlink(filepath.Join(r.root, "scripts/mage"), link))
	linkedRoot := filepath.Join(t.TempDir(), "linked repository")
	r.must(os.Symlink(r.root, linkedRoot))

	for _, call := range []struct{ launcher, dir string }{
		{"scripts/mage", r.root},
		{"../../scripts/mage", filepath.Join(r.root, "docs/a guide")},
		{"./mage", filepath.Join(r.root, "scripts")},
		{link, t.TempDir()},
		{"scripts/mage", linkedRoot},
		{linkedRoot + "/scripts/mage", t.TempDir()},
	} {
		cmd := r.command(".", "where")
		cmd.Path, cmd.Dir = call.launcher, call.dir
		cmd.Env = append(cmd.Env, "PWD="+call.dir)
		if got, want := r.succeed(cmd), r.root+"\n"+call.dir+"\n"; got != want {
			t.Errorf("%s in %s printed\n%swant\n%s", call.launcher, call.dir, got, want)
		}
	}
	if got := r.builds(); got != 1 {
		t.Errorf("%d builds, want 1", got)
	}
}

func TestPathsOfMagesOwnFlagsAreTheCallers(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	docs := filepath.Join(r.root, "docs")
	r.must(os.MkdirAll(docs, 0o755))
	r.succeed(r.command("docs", "-compile", "built"))
	if _, err := os.Stat(filepath.Join(docs, "built")); err != nil {
		t.Error(err)
	}
	for _, call := range [][]string{{"-w=.", "where"}, {"-w", "../docs", "where"}, {"-d", "..", "-w", docs, "where"}} {
		if got, want := r.succeed(r.command("docs", call...)), docs+"\n"+docs+"\n"; got != want {
			t.Errorf("%q printed\n%swant\n%s", call, got, want)
		}
	}
}

func TestWithoutAHomeThereIsNoCacheAtTheRoot(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	cmd := r.command(".", "greet")
	cmd.Env = append(cmd.Env, "SPELLBOOK_CACHE=", "HOME=", "XDG_CACHE_HOME=")
	if _, stderr, code := outcome(cmd); code != 1 || !strings.Contains(stderr, "HOME is not set: set SPELLBOOK_CACHE to a directory that can be written") {
		t.Errorf("exit %d\n%s", code, stderr)
	}
}

func TestAnExitCodeReachesTheCaller(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	for target, want := range map[string]int{"fail": 7, "nosuchtarget": 2, "greet": 0} {
		if _, stderr, code := outcome(r.command(".", target)); code != want {
			t.Errorf("%s: exit %d, want %d\n%s", target, code, want, stderr)
		}
	}
}

func TestStandardInputReachesTheTargetEvenWhenItHasToBeBuilt(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	for _, state := range []string{"cold", "warm"} {
		cmd := r.command(".", "copy")
		cmd.Stdin = strings.NewReader("one\ntwo\n")
		if got := r.succeed(cmd); got != "one\ntwo\n" {
			t.Errorf("%s: got %q", state, got)
		}
	}
}

func TestTheTargetIsTheProcessThatWasStartedAndGetsItsSignals(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	for _, state := range []string{"cold", "warm"} {
		cmd := r.command(".", "wait")
		stdout, err := cmd.StdoutPipe()
		r.must(err)
		r.must(cmd.Start())
		line, err := bufio.NewReader(stdout).ReadString('\n')
		r.must(err)
		if want := strconv.Itoa(cmd.Process.Pid) + "\n"; line != want {
			t.Errorf("%s: the target has process id %q, want %q", state, line, want)
		}
		r.must(cmd.Process.Signal(syscall.SIGTERM))
		_ = cmd.Wait()
		if code := cmd.ProcessState.ExitCode(); code != 3 {
			t.Errorf("%s: exit %d after SIGTERM, want 3", state, code)
		}
	}
}

func TestOptionsThatOnlyMageKnowsAreAnsweredByMage(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	if got := r.mage("-autocomplete"); got != "copy\nfail\ngreet\nwait\nwhere\n" {
		t.Errorf("-autocomplete printed %q", got)
	}
}

func TestWithoutGoOneLineSaysWhatToInstall(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	r.path = tools(t, "bash", "env")
	_, stderr, code := outcome(r.command(".", "greet"))
	if code != 3 || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, "Go is not installed") {
		t.Errorf("exit %d\n%s", code, stderr)
	}
}

func TestGOOSIsForWhatATargetBuildsNotForMage(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	for _, system := range []string{"plan9", "windows", ""} {
		cmd := r.command(".", "greet")
		cmd.Env = append(cmd.Env, "GOOS="+system, "GOARCH=")
		r.succeed(cmd)
	}
	if got := r.builds(); got != 1 {
		t.Errorf("%d builds, want 1", got)
	}
}
