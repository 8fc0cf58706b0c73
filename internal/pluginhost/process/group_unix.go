//go:build unix

package process

import (
	"errors"
	"fmt"
	"os"
	"os/exec" //nolint:depguard // see child.go
	"sync"
	"syscall"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// watch is what the watchdog runs. It reads the lifeline, which nobody writes to:
// its end is the host's. $1 is the socket directory, which every descendant has in
// its environment, so that on Linux those are found that left the group; again
// until there are none, for one that was just forked, but not for ever, for one
// that hangs in the kernel. At last the group goes, the watchdog included. Signals
// that a plugin sends to its group do not stop it.
const watch = `trap '' HUP INT QUIT TERM
read -r _
n=0
while [ $n -lt 100 ] && left=$(grep -lsF -- "$1" /proc/[0-9]*/environ 2>/dev/null); [ -n "$left" ]; do
	for p in $left; do p=${p#/proc/}; kill -KILL "${p%/environ}" 2>/dev/null; done
	left=; n=$((n+1))
done
rm -rf -- "$1"
kill -KILL 0`

// group is a process group that does not outlive the host. Its leader is the
// watchdog, so that the group is there before the plugin is: there is no moment
// in which the host's death leaves something behind. PR_SET_PDEATHSIG would reach
// neither grandchildren nor sockets, follows the thread that forked
// (golang/go#27505) and is Linux's alone; a plugin's own watch of the lifeline
// needs its cooperation. The shell costs a millisecond and 1 MB.
type group struct {
	dir      string
	watchdog *exec.Cmd
	// A lifeline each: a plugin may make the pipe that it shares non-blocking,
	// and the shell would take that for its end.
	watched, lifeline lifeline

	mu     sync.Mutex
	closed bool
}

// lifeline is a pipe that nobody writes to. The write end is held until the
// group is gone, and ends with the host otherwise.
type lifeline struct{ theirs, ours *os.File }

func newGroup(dir string) (*group, error) {
	g := &group{dir: dir}
	for _, line := range []*lifeline{&g.watched, &g.lifeline} {
		var err error
		if line.theirs, line.ours, err = os.Pipe(); err != nil {
			g.closePipes()
			return nil, err
		}
	}
	g.watchdog = exec.Command("/bin/sh", "-c", watch, "spellbook-watchdog", dir) //nolint:gosec // a constant script; dir is its argument
	g.watchdog.Dir, g.watchdog.Env = "/", []string{"PATH=/usr/bin:/bin"}
	g.watchdog.Stdin, g.watchdog.ExtraFiles = g.watched.theirs, withoutInherited()
	g.watchdog.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := g.watchdog.Start(); err != nil {
		g.closePipes()
		return nil, fmt.Errorf("start watchdog: %w", err)
	}
	return g, nil
}

func (g *group) closePipes() {
	for _, end := range []*os.File{g.watched.theirs, g.watched.ours, g.lifeline.theirs, g.lifeline.ours} {
		_ = end.Close() // of a nil file is an error, and nothing else
	}
}

// start runs cmd in the group, with the lifeline and the identity.
func (g *group) start(cmd *exec.Cmd, id *identity) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pgid: g.watchdog.Process.Pid}
	extra := []*os.File{g.lifeline.theirs}
	cmd.Env = append(cmd.Env, pluginv1.LifelineKey+"=3")
	if id != nil {
		key, err := filled(id.serverPEM)
		if err != nil {
			return err
		}
		defer func() { _ = key.Close() }()
		extra = append(extra, key)
		cmd.Env = append(cmd.Env, pluginv1.IdentityKey+"=4", "PLUGIN_CLIENT_CERT="+string(id.clientPEM))
	}
	cmd.ExtraFiles = withoutInherited(extra...)
	return cmd.Start()
}

// filled is the read end of a pipe with data in it, which fits into its buffer:
// a private key is in no environment and no file.
func filled(data []byte) (*os.File, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer func() { _ = w.Close() }()
	if _, err := w.Write(data); err != nil {
		_ = r.Close()
		return nil, err
	}
	return r, nil
}

// kill ends all of the group. The watchdog is not reaped before close, so that
// its number can be no other group's.
func (g *group) kill() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.closed {
		_ = syscall.Kill(-g.watchdog.Process.Pid, syscall.SIGKILL)
	}
}

// close kills the group and those who left it.
func (g *group) close() {
	g.kill()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return
	}
	g.closed = true
	killEscaped(g.dir)
	_ = g.watchdog.Wait()
	g.closePipes()
}

// isBusy: the file is still open for writing somewhere.
func isBusy(err error) bool { return errors.Is(err, syscall.ETXTBSY) }
