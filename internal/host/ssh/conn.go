package ssh

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// grace is how long a command may take to end once its streams have.
const grace = time.Second

// conn is the pair of pipes of an ssh command as a net.Conn.
type conn struct {
	in     io.WriteCloser
	out    io.ReadCloser
	cmd    *exec.Cmd
	said   *words
	inside func() // to be called once the server has let it in, or never will
	free   func() // gives up its place on a shared connection; nil without
	closed atomic.Bool
	wait   sync.Once
	failed error
}

// How long signing in is thought to take where the engine's first answer does not
// tell, because the request itself takes long. Through a connection that is there
// already, only what a server with few sessions refuses has to sign in.
const (
	entry       = 3 * time.Second
	sharedEntry = 500 * time.Millisecond
)

// start runs cmd. inside is called once, when somebody else may sign in, at the
// latest after entry.
func start(cmd *exec.Cmd, entry time.Duration, inside func()) (*conn, error) {
	c := &conn{cmd: cmd, said: &words{}, inside: sync.OnceFunc(inside)}
	cmd.Stderr = c.said
	cmd.WaitDelay = grace // a master that ssh leaves in the background keeps stderr open
	own(cmd)
	var err, err2 error
	c.in, err = cmd.StdinPipe()
	c.out, err2 = cmd.StdoutPipe()
	if err = errors.Join(err, err2); err == nil {
		err = cmd.Start()
	}
	if err != nil {
		c.inside()
		return nil, err
	}
	time.AfterFunc(entry, c.inside)
	return c, nil
}

// Read is part of net.Conn; a command that failed is an error with its words.
func (c *conn) Read(b []byte) (int, error) {
	n, err := c.out.Read(b)
	c.inside()
	if n == 0 && err != nil {
		return 0, c.ended(err)
	}
	return n, err
}

// Write is part of net.Conn.
func (c *conn) Write(b []byte) (int, error) {
	n, err := c.in.Write(b)
	if err != nil {
		err = c.ended(err)
	}
	return n, err
}

// ended says why a stream broke: the command's reason, otherwise err.
func (c *conn) ended(err error) error {
	if c.closed.Load() {
		return net.ErrClosed
	}
	if c.reap(); c.failed != nil {
		return c.failed
	}
	return err
}

// reap waits for the command. If it does not end by itself it gets TERM, at
// once where the connection is closed, and at last KILL.
func (c *conn) reap() {
	c.wait.Do(func() {
		patience := grace
		if c.closed.Load() {
			patience = 0
		}
		ask := time.AfterFunc(patience, func() { end(c.cmd) })
		force := time.AfterFunc(patience+grace, func() { kill(c.cmd) })
		err := c.cmd.Wait()
		ask.Stop()
		force.Stop()
		var exit *exec.ExitError
		if errors.As(err, &exit) && !c.closed.Load() {
			c.failed = fmt.Errorf("ssh: %s", strings.TrimPrefix(c.said.reason(exit), "ssh: "))
		}
	})
}

// CloseWrite ends the input, as the engine's hijacked streams need.
func (c *conn) CloseWrite() error { return c.in.Close() }

// Close ends the command and waits for its end.
func (c *conn) Close() error {
	if c.closed.Swap(true) {
		return nil
	}
	c.inside()
	_ = c.in.Close()
	_ = c.out.Close()
	c.reap()
	if c.free != nil {
		c.free()
	}
	return nil
}

type addr struct{}

func (addr) Network() string { return "ssh" }
func (addr) String() string  { return "ssh" }

func (c *conn) LocalAddr() net.Addr              { return addr{} }
func (c *conn) RemoteAddr() net.Addr             { return addr{} }
func (c *conn) SetDeadline(time.Time) error      { return nil }
func (c *conn) SetReadDeadline(time.Time) error  { return nil }
func (c *conn) SetWriteDeadline(time.Time) error { return nil }

// words keeps the end of what a command says.
type words struct {
	mu   sync.Mutex
	text []byte
}

// Write is part of io.Writer.
func (w *words) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text = append(w.text, b...)
	if over := len(w.text) - 4096; over > 0 {
		w.text = w.text[over:]
	}
	return len(b), nil
}

// reason is the last line that was said, otherwise the exit code.
func (w *words) reason(exit *exec.ExitError) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	lines := strings.Split(string(bytes.TrimSpace(w.text)), "\n")
	if last := strings.TrimSpace(lines[len(lines)-1]); last != "" {
		return last
	}
	return exit.String()
}

// all is everything that was kept.
func (w *words) all() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return string(w.text)
}
