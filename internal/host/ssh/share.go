package ssh

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/infinitescribe/spellbook/internal/host"
)

// streamsPerMaster is how many streams go through one connection beside the
// session that keeps it: sshd opens ten (MaxSessions of sshd_config). What a
// server with fewer refuses, ssh itself brings through a connection of its own.
const streamsPerMaster = 9

// masters are the connections of one Dialer. A connection is made for the first
// stream, shared by the next (ControlMaster of ssh_config), and ended with its
// last, so that signing in, which costs both sides most, happens once.
type masters struct {
	mu   sync.Mutex
	list []*master
	ask  sync.Once
	own  bool // the user's own settings share connections already
}

// master is one connection and the session that keeps it.
type master struct {
	socket  string // "" where every session signs in by itself, or shares what the user's settings share
	streams int
	keeper  *conn
	heard   io.Writer     // gets what the keeper says
	ready   chan struct{} // closed once the socket listens, or the keeper has ended
	done    chan struct{} // closed once the keeper has ended
	failed  error
}

// join gives a stream a place on a connection, which it makes where none has
// one. free gives the place back. nil without an error says that streams have to
// sign in by themselves.
func (ms *masters) join(ctx context.Context, cmd *exec.Cmd) (m *master, free func(), err error) {
	if runtime.GOOS == "windows" || ms.theirs(ctx, cmd) { // whose ssh has no ControlMaster
		return nil, func() {}, nil
	}
	if m, err = ms.place(cmd); err != nil {
		return nil, func() {}, err
	}
	free = sync.OnceFunc(func() { ms.leave(m) })
	select {
	case <-ctx.Done():
		err = ctx.Err()
	case <-m.ready:
		if m.ended() {
			err = m.failed
		}
	}
	if err != nil {
		free()
	}
	return m, free, err
}

// theirs reports whether a connection of the user's own is open, which ssh then
// takes by itself: nobody is asked for a password or a touch again.
func (ms *masters) theirs(ctx context.Context, cmd *exec.Cmd) bool {
	ms.ask.Do(func() {
		within, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		check := exec.CommandContext(within, cmd.Path, append([]string{"-O", "check"}, cmd.Args[1:]...)...)
		check.Env, check.WaitDelay = cmd.Env, grace
		own(check)
		ms.own = check.Run() == nil
	})
	return ms.own
}

func (ms *masters) place(cmd *exec.Cmd) (*master, error) {
	ms.mu.Lock()
	defer ms.mu.Unlock()
	for _, m := range ms.list {
		if m.streams < streamsPerMaster && !m.ended() {
			m.streams++
			return m, nil
		}
	}
	m, err := open(cmd, io.Discard)
	if err != nil {
		return nil, err
	}
	m.streams = 1
	ms.list = append(ms.list, m)
	return m, nil
}

func (ms *masters) leave(m *master) {
	ms.mu.Lock()
	m.streams--
	last := m.streams == 0
	if last {
		for i, one := range ms.list {
			if one == m {
				ms.list = append(ms.list[:i:i], ms.list[i+1:]...)
				break
			}
		}
	}
	ms.mu.Unlock()
	if last {
		m.close()
	}
}

// end closes all connections, whatever still goes through them.
func (ms *masters) end() {
	ms.mu.Lock()
	list := slices.Clone(ms.list)
	ms.mu.Unlock()
	for _, m := range list {
		m.close()
	}
}

// hold makes the connection of a Server, whose keeper is a command that speaks to
// heard. It is there until free is called. The user's own is taken where it is open.
func (ms *masters) hold(ctx context.Context, keeper *exec.Cmd, heard io.Writer) (m *master, free func(), err error) {
	if ms.theirs(ctx, keeper) || runtime.GOOS == "windows" {
		m, err = apart(keeper, heard)
	} else if m, err = open(keeper, heard); err == nil {
		ms.list = append(ms.list, m)
	}
	if err != nil {
		return nil, nil, err
	}
	m.streams = 1
	return m, sync.OnceFunc(func() { ms.leave(m) }), nil
}

// open starts the connection whose first session is the command itself: it asks
// nothing more of a server than any stream, and it ends when this process is
// gone, as its input does.
func open(cmd *exec.Cmd, heard io.Writer) (*master, error) {
	dir, err := os.MkdirTemp(socketDir(os.TempDir()), "spellbook-ssh-")
	if err != nil {
		return nil, err
	}
	m := &master{socket: filepath.Join(dir, "s"), heard: heard, ready: make(chan struct{}), done: make(chan struct{})}
	keeper := exec.Command(cmd.Path, append([]string{"-M", "-S", m.socket, "-o", "ControlPersist=no"}, cmd.Args[1:]...)...)
	keeper.Args[0], keeper.Env = cmd.Args[0], cmd.Env
	if m.keeper, err = start(keeper, entry, func() {}); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	go m.keep()
	go m.await()
	return m, nil
}

// apart starts the keeper as a session beside the others, which have no
// connection of ours to share.
func apart(cmd *exec.Cmd, heard io.Writer) (m *master, err error) {
	m = &master{heard: heard, ready: make(chan struct{}), done: make(chan struct{})}
	if m.keeper, err = start(cmd, entry, func() {}); err != nil {
		return nil, err
	}
	close(m.ready)
	go m.keep()
	return m, nil
}

// close ends the connection, and with it whatever goes through it.
func (m *master) close() {
	_ = m.keeper.Close()
	<-m.done
	if m.socket != "" {
		_ = os.RemoveAll(filepath.Dir(m.socket))
	}
}

// socketDir is a directory whose sockets have names short enough for every
// system: ssh adds 17 characters for a moment, and macOS allows 103.
func socketDir(temporary string) string {
	if len(temporary) > 50 {
		return "/tmp"
	}
	return temporary
}

// keep reads what the keeper has to say, at last its end.
func (m *master) keep() {
	_, m.failed = io.Copy(m.heard, m.keeper)
	if m.failed == nil {
		m.failed = io.EOF
	}
	close(m.done)
}

// await waits for the socket, which appears once the server has let us in.
func (m *master) await() {
	defer close(m.ready)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, err := os.Stat(m.socket); err == nil {
			return
		}
		select {
		case <-m.done:
			return
		case <-tick.C:
		}
	}
}

func (m *master) ended() bool {
	select {
	case <-m.done:
		return true
	default:
		return false
	}
}

// through makes cmd a stream of the connection; where that is gone, ssh makes
// one for it.
func (m *master) through(cmd *exec.Cmd) {
	if m.socket == "" {
		return
	}
	cmd.Args = append([]string{cmd.Args[0], "-S", m.socket, "-o", "ControlMaster=no"}, cmd.Args[1:]...)
}

// command is argv as the user's ssh, with the variables of environ.
func command(argv, environ []string) (*exec.Cmd, error) {
	path, err := host.Find(argv[0], environ)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(path, argv[1:]...)
	cmd.Args[0], cmd.Env = argv[0], environ
	return cmd, nil
}
