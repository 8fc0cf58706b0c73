package process

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"
)

// kills is how many hosts are killed; half of them before anybody knows how far
// their plugin is, half with a plugin that has answered and has children, one of
// which left the group.
const (
	kills   = 100
	batches = 5
)

func TestNothingOutlivesAKilledHost(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	if len(base) > maxBase {
		t.Fatalf("%s is too long for a socket", base)
	}
	var wg sync.WaitGroup
	for batch := range batches {
		wg.Go(func() {
			for i := batch; i < kills; i += batches {
				if err := killHost(base, i); err != nil {
					t.Errorf("run %d: %v", i, err)
				}
			}
		})
	}
	wg.Wait()
}

// killHost starts a host and kills it after a random time; what it left has to go.
func killHost(base string, i int) error {
	tmp := filepath.Join(base, fmt.Sprint(i))
	if err := os.Mkdir(tmp, 0o700); err != nil {
		return err
	}
	mark := fmt.Sprintf("%d-%d", os.Getpid(), i)
	executable, err := os.Executable()
	if err != nil {
		return err
	}
	host := exec.Command(executable)
	host.Env = []string{roleVariable + "=host", markVariable + "=" + mark, "TMPDIR=" + tmp, "PATH=/usr/bin:/bin"}
	stdout, err := host.StdoutPipe()
	if err != nil {
		return err
	}
	if err := host.Start(); err != nil {
		return err
	}
	moment := time.NewTimer(time.Duration(rand.IntN(150)) * time.Millisecond)
	if i%2 == 0 {
		if line, err := bufio.NewReader(stdout).ReadString('\n'); line != "ready\n" {
			return fmt.Errorf("the host said %q, %w", line, err)
		}
		moment.Reset(time.Duration(rand.IntN(10)) * time.Millisecond)
	}
	<-moment.C
	_ = host.Process.Kill()
	_ = host.Wait()
	return gone(tmp, mark)
}

func gone(tmp, mark string) error {
	deadline := time.After(patience)
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for {
		left := append(withEnvironment(markVariable+"="+mark), withArgument(tmp)...)
		dirs, _ := os.ReadDir(tmp)
		if len(left) == 0 && len(dirs) == 0 {
			return nil
		}
		select {
		case <-deadline:
			return fmt.Errorf("processes %v and directories %v are left", left, dirs)
		case <-look.C:
		}
	}
}

// withArgument finds watchdogs, by their directory.
func withArgument(part string) (pids []int) {
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range files {
		if line, err := os.ReadFile(file); err == nil && bytes.Contains(line, []byte(part+"/")) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
			pids = append(pids, pid)
		}
	}
	return pids
}

func TestCloseLeavesNoChildrenWhereverTheyWent(t *testing.T) {
	t.Parallel()
	s := spec(t, "has children")
	mark := fmt.Sprintf("close-%d", os.Getpid())
	s.Environ = append(s.Environ, markVariable+"="+mark)
	p := started(t, s)
	if _, err := p.Describe(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(withEnvironment(markVariable + "=" + mark)); n != 3 {
		t.Fatalf("there are %d processes, want the plugin and two children", n)
	}
	dir := p.child.dir.path
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if left := append(withEnvironment(markVariable+"="+mark), withEnvironment("PLUGIN_UNIX_SOCKET_DIR="+dir)...); len(left) > 0 {
		t.Errorf("%v are left", left)
	}
	if left := withArgument(dir); len(left) > 0 {
		t.Errorf("watchdog %v is left", left)
	}
}

// A crash ends the children and the sockets before anybody calls Close.
func TestACrashLeavesNoChildren(t *testing.T) {
	t.Parallel()
	s := spec(t, "has children")
	mark := fmt.Sprintf("crash-%d", os.Getpid())
	s.Environ = append(s.Environ, markVariable+"="+mark)
	p := started(t, s)
	if _, err := p.Describe(t.Context()); err != nil {
		t.Fatal(err)
	}
	process, err := os.FindProcess(p.child.pid)
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Kill(); err != nil {
		t.Fatal(err)
	}
	if !within(p.Done(), patience) {
		t.Fatal("it is not done")
	}
	expect(t, p.Err(), Crashed, "run")
	if err := gone(p.child.dir.path, mark); err != nil {
		t.Error(err)
	}
}
