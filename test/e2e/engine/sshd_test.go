package engine_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// sshd is a real server of this machine, with keys and settings of its own.
type sshd struct {
	t     *testing.T
	dir   string
	alias string // the Host of the client's settings, which no name server knows
	port  int
	path  string // a PATH whose ssh reads those settings and nobody's
	cmd   *exec.Cmd
}

// serverSettings: sessions carry the alias in their environment, so that what
// is left of them is found.
const serverSettings = `
ListenAddress 127.0.0.1:%d
HostKey %s/host
AuthorizedKeysFile %s/user.pub
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
PidFile none
SetEnv SBTEST=%s PATH=%s
`

const clientSettings = `
Host %s
  HostName 127.0.0.1
  Port %d
  User %s
  IdentityFile %s/user
  IdentitiesOnly yes
  UserKnownHostsFile %s/known
  StrictHostKeyChecking yes
`

// newSSHD starts a server that lets the current user in.
func newSSHD(t *testing.T) *sshd {
	t.Helper()
	dir, err := os.MkdirTemp("", "sbtest-") //nolint:usetesting // its name is the alias, which must be of its own
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	d := &sshd{t: t, dir: dir, alias: filepath.Base(dir), port: stacktest.FreePort(t)}
	for _, name := range []string{"host", "user"} {
		d.must("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(dir, name))
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	hostKey, err := os.ReadFile(filepath.Join(dir, "host.pub"))
	if err != nil {
		t.Fatal(err)
	}
	d.file("server", fmt.Sprintf(serverSettings, d.port, dir, dir, d.alias, os.Getenv("PATH")), 0o600)
	d.file("client", fmt.Sprintf(clientSettings, d.alias, d.port, me.Username, dir, dir), 0o600)
	d.file("known", fmt.Sprintf("[127.0.0.1]:%d %s", d.port, hostKey), 0o600)
	// ssh reads the settings below the home directory of the user database,
	// whatever HOME says: only -F leaves the real ones alone.
	client, err := exec.LookPath("ssh")
	if err != nil {
		t.Fatalf("%v: apt-get install openssh-client", err)
	}
	d.file("bin/ssh", fmt.Sprintf("#!/bin/sh\nexec %s -F %s/client \"$@\"\n", client, dir), 0o755)
	d.path = filepath.Join(dir, "bin") + ":" + os.Getenv("PATH")
	d.start()
	return d
}

func (d *sshd) file(name, text string, mode os.FileMode) {
	d.t.Helper()
	path := filepath.Join(d.dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), mode)); err != nil {
		d.t.Fatal(err)
	}
}

func (d *sshd) must(argv ...string) {
	d.t.Helper()
	if out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput(); err != nil {
		d.t.Fatalf("%v: %v (apt-get install openssh-client)\n%s", argv, err, out)
	}
}

func (d *sshd) start() {
	d.t.Helper()
	if os.Geteuid() == 0 {
		_ = os.MkdirAll("/run/sshd", 0o755) // which Debian makes when the service starts
	}
	const program = "/usr/sbin/sshd" // it wants to be called by its path
	log := filepath.Join(d.dir, "log")
	d.cmd = exec.Command(program, "-D", "-f", filepath.Join(d.dir, "server"), "-E", log)
	if err := d.cmd.Start(); err != nil {
		d.t.Fatalf("%v: apt-get install openssh-server (the service need not run)", err)
	}
	d.t.Cleanup(d.kill)
	stacktest.Eventually(d.t, "sshd listens", func() bool {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", d.port))
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
}

// kill ends the server and every connection to it.
func (d *sshd) kill() {
	for _, pid := range append(descendants(d.t, d.cmd.Process.Pid), d.cmd.Process.Pid) {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	_ = d.cmd.Wait()
}

// descendants are the processes below one, nearest first.
func descendants(t *testing.T, of int) []int {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	children := map[int][]int{}
	for _, file := range files {
		data, _ := os.ReadFile(file)
		var pid, parent int
		var state string
		_, after, _ := strings.Cut(string(data), ") ") // the name may hold blanks
		_, err1 := fmt.Sscan(string(data), &pid)
		if _, err := fmt.Sscan(after, &state, &parent); err == nil && err1 == nil {
			children[parent] = append(children[parent], pid)
		}
	}
	list := slices.Clone(children[of])
	for i := 0; i < len(list); i++ {
		list = append(list, children[list[i]]...)
	}
	return list
}

// host is the way to the engine behind the server.
func (d *sshd) host() []string {
	return []string{"DOCKER_HOST=ssh://" + d.alias, "PATH=" + d.path}
}

// signedIn is how often the server has let somebody in.
func (d *sshd) signedIn() int {
	d.t.Helper()
	log, err := os.ReadFile(filepath.Join(d.dir, "log"))
	if err != nil {
		d.t.Fatal(err)
	}
	return strings.Count(string(log), "Accepted publickey")
}

// left are the clients that still run, and what still runs on the server.
func (d *sshd) left() []string {
	d.t.Helper()
	list := stacktest.Processes(d.t, "-F\x00"+filepath.Join(d.dir, "client"))
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		d.t.Fatal(err)
	}
	for _, dir := range dirs {
		if env, err := os.ReadFile(dir + "/environ"); err == nil && strings.Contains(string(env), "SBTEST="+d.alias) {
			line, _ := os.ReadFile(dir + "/cmdline")
			list = append(list, "on the server: "+strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return list
}

func (d *sshd) wantNothingLeft() {
	d.t.Helper()
	var list []string
	for deadline := time.Now().Add(stacktest.Patience); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if list = d.left(); len(list) == 0 {
			return
		}
	}
	d.t.Errorf("left behind: %v", list)
}
