//go:build unix

package stacktest

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
)

// SSHD is a real server of this machine, with keys and settings of its own.
type SSHD struct {
	T     *testing.T
	Dir   string
	Alias string // the Host of the client's settings, which no name server knows
	Port  int
	Path  string // a PATH whose ssh reads those settings and nobody's
	cmd   *exec.Cmd
}

// serverSettings: sessions carry the alias in their environment, so that what
// is left of them is found. Their home is the server's own directory: a shell that
// a test ends in the midst of what the user's files start there, as pyenv does
// under a lock, would have each later one wait.
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
Subsystem sftp internal-sftp
SetEnv SBTEST=%s HOME=%s PATH=%s
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

// NewSSHD starts a server that lets the current user in.
func NewSSHD(t *testing.T) *SSHD {
	t.Helper()
	dir, err := os.MkdirTemp("", "sbtest-") //nolint:usetesting // its name is the alias, which must be of its own
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	d := &SSHD{T: t, Dir: dir, Alias: filepath.Base(dir), Port: FreePort(t)}
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
	d.File("server", fmt.Sprintf(serverSettings, d.Port, dir, dir, d.Alias, dir, os.Getenv("PATH")), 0o600)
	d.File("client", fmt.Sprintf(clientSettings, d.Alias, d.Port, me.Username, dir, dir), 0o600)
	d.File("known", fmt.Sprintf("[127.0.0.1]:%d %s", d.Port, hostKey), 0o600)
	// ssh reads the settings below the home directory of the user database,
	// whatever HOME says: only -F leaves the real ones alone.
	client, err := exec.LookPath("ssh")
	if err != nil {
		t.Fatalf("%v: apt-get install openssh-client", err)
	}
	d.File("bin/ssh", fmt.Sprintf("#!/bin/sh\nexec %s -F %s/client \"$@\"\n", client, dir), 0o755)
	d.Path = filepath.Join(dir, "bin") + ":" + os.Getenv("PATH")
	d.Start()
	return d
}

// File writes one of its files: server, client, known, user.pub.
func (d *SSHD) File(name, text string, mode os.FileMode) {
	d.T.Helper()
	path := filepath.Join(d.Dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), mode)); err != nil {
		d.T.Fatal(err)
	}
}

func (d *SSHD) must(argv ...string) {
	d.T.Helper()
	if out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput(); err != nil {
		d.T.Fatalf("%v: %v (apt-get install openssh-client)\n%s", argv, err, out)
	}
}

// Start starts it, after a Kill for example.
func (d *SSHD) Start() {
	d.T.Helper()
	if os.Geteuid() == 0 {
		_ = os.MkdirAll("/run/sshd", 0o755) // which Debian makes when the service starts
	}
	const program = "/usr/sbin/sshd" // it wants to be called by its path
	log := filepath.Join(d.Dir, "log")
	d.cmd = exec.Command(program, "-D", "-f", filepath.Join(d.Dir, "server"), "-E", log)
	if err := d.cmd.Start(); err != nil {
		d.T.Fatalf("%v: apt-get install openssh-server (the service need not run)", err)
	}
	d.T.Cleanup(d.Kill)
	Eventually(d.T, "sshd listens", func() bool {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", d.Port))
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
}

// Kill ends the server and every connection to it at once, as a power cut does.
// All are stopped before one is ended: a shell that starts a command meanwhile
// would leave it without a parent, and nobody would know it.
func (d *SSHD) Kill() {
	if d.cmd.ProcessState != nil {
		return // its number may be another's by now
	}
	var all []int
	for more := true; more; {
		more = false
		for _, pid := range append([]int{d.cmd.Process.Pid}, descendants(d.T, d.cmd.Process.Pid)...) {
			if !slices.Contains(all, pid) {
				_ = syscall.Kill(pid, syscall.SIGSTOP)
				all, more = append(all, pid), true
			}
		}
	}
	for _, pid := range all {
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

// DockerHost is the way to the engine behind the server.
func (d *SSHD) DockerHost() []string {
	return []string{"DOCKER_HOST=ssh://" + d.Alias, "PATH=" + d.Path}
}

// SignedIn is how often the server has let somebody in.
func (d *SSHD) SignedIn() int {
	d.T.Helper()
	log, err := os.ReadFile(filepath.Join(d.Dir, "log"))
	if err != nil {
		d.T.Fatal(err)
	}
	return strings.Count(string(log), "Accepted publickey")
}

// Left are the clients that still run, and what still runs on the server.
func (d *SSHD) Left() []string {
	d.T.Helper()
	list := Processes(d.T, "-F\x00"+filepath.Join(d.Dir, "client"))
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		d.T.Fatal(err)
	}
	for _, dir := range dirs {
		if env, err := os.ReadFile(dir + "/environ"); err == nil && strings.Contains(string(env), "SBTEST="+d.Alias) {
			line, _ := os.ReadFile(dir + "/cmdline")
			list = append(list, "on the server: "+strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return list
}

// WantNothingLeft waits until nothing is.
func (d *SSHD) WantNothingLeft() {
	d.T.Helper()
	var list []string
	for deadline := time.Now().Add(Patience); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if list = d.Left(); len(list) == 0 {
			return
		}
	}
	d.T.Errorf("left behind: %v", list)
}

// Restart starts the server again with further settings.
func (d *SSHD) Restart(settings string) {
	d.T.Helper()
	d.Kill()
	before, err := os.ReadFile(filepath.Join(d.Dir, "server"))
	if err != nil {
		d.T.Fatal(err)
	}
	d.File("server", string(before)+settings, 0o600)
	d.Start()
}

// Fingerprint is that of the host key, as SHA256:….
func (d *SSHD) Fingerprint() string {
	d.T.Helper()
	out, err := exec.Command("ssh-keygen", "-lf", filepath.Join(d.Dir, "host.pub")).Output()
	if err != nil {
		d.T.Fatal(err)
	}
	return strings.Fields(string(out))[1]
}

// OtherHostKey makes the client know another key of the server than it has.
func (d *SSHD) OtherHostKey() {
	d.T.Helper()
	key, err := os.ReadFile(filepath.Join(d.Dir, "user.pub"))
	if err != nil {
		d.T.Fatal(err)
	}
	d.File("known", fmt.Sprintf("[127.0.0.1]:%d %s", d.Port, key), 0o600)
}
