package process

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec" //nolint:depguard // internal/host runs commands to their end; a plugin lives on, in a group with a watchdog
	"sync"
	"time"
)

// child is the operating system's side of a plugin: the process, the group and
// the directory that are its own, and what it writes.
type child struct {
	spec      Spec
	dir       *socketDir
	group     *group
	tls       *identity // nil without MTLS
	handshake []string  // go-plugin's variables
	accepted  *io.PipeReader
	accept    *io.PipeWriter // the judged handshake, for go-plugin
	readers   sync.WaitGroup
	done      chan struct{} // closed when nothing of it is left

	mu       sync.Mutex // held over a start, so that what ends is known to have started or not to
	pid      int        // 0 before the start
	released bool
	files    []*os.File // ours: the read ends of stdout and stderr, the executable

	output output
}

func newChild(spec Spec) (*child, error) {
	c := &child{spec: spec, done: make(chan struct{})}
	c.accepted, c.accept = io.Pipe()
	c.output.log, c.output.flooded = spec.Log, c.flooded
	c.dir = socketDirIn(os.TempDir())
	var err error
	if c.group, err = newGroup(c.dir.path); err != nil {
		return nil, err
	}
	err = c.dir.make()
	if err == nil && spec.MTLS {
		c.tls, err = newIdentity(time.Now())
	}
	if err != nil {
		c.release()
		return nil, err
	}
	return c, nil
}

// watch reads what the process writes and waits for its end.
func (c *child) watch(cmd *exec.Cmd, stdout, stderr *os.File) {
	c.readers.Go(func() { c.readStdout(stdout) })
	c.readers.Go(func() { _, _ = io.Copy(c.output.lines("info"), stderr) })
	go c.reap(cmd)
}

// readStdout judges the first line; the others are log lines of no account.
func (c *child) readStdout(stdout *os.File) {
	r := bufio.NewReaderSize(stdout, maxHandshake)
	line, err := r.ReadSlice('\n')
	switch {
	case err == nil:
	case errors.Is(err, bufio.ErrBufferFull):
		c.end(BadHandshake, "wrote no handshake but "+quote(line))
		return
	default:
		return // it has ended, or closed its stdout: then the time limit ends it
	}
	if bad := judge(string(line), c.dir.path, c.spec.MTLS); bad != nil {
		c.end(bad.code, bad.summary)
		return
	}
	// The pipe's reader is go-plugin; the end of the child closes it otherwise.
	_, _ = c.accept.Write(line)
	_, _ = io.Copy(c.output.lines("debug"), r)
}

// reap waits for the process, and then ends all that is left of it.
func (c *child) reap(cmd *exec.Cmd) {
	_ = cmd.Wait()
	c.group.close()
	read := make(chan struct{})
	go func() { c.readers.Wait(); close(read) }()
	// What it wrote last, which may say more of its end than the end does. Who left
	// the group may hold the pipe.
	within(read, c.spec.settle/2)
	c.output.conclude(&verdict{Crashed, "the process ended by itself: " + cmd.ProcessState.String()})
	_ = c.accept.Close()
	c.release()
}

// end kills the group; the first reason is the one that is told.
func (c *child) end(code Code, summary string) {
	c.output.conclude(&verdict{code, summary})
	c.group.kill()
}

// leave says that the host wants it to end: nothing went wrong.
func (c *child) leave() { c.output.conclude(&verdict{}) }

// kill ends the group because the host wants it.
func (c *child) kill() {
	c.leave()
	c.group.kill()
}

func (c *child) flooded() {
	c.end(Flooded, "wrote more to stdout and stderr than "+floodLimit)
}

func (c *child) running() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pid != 0
}

// releaseUnstarted releases a child whose executable never ran; one that did is
// released when it has ended.
func (c *child) releaseUnstarted() {
	if !c.running() {
		c.release()
	}
}

// release ends the group, removes the directory and closes what is ours.
func (c *child) release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.released {
		return
	}
	c.released = true
	c.group.close()
	c.dir.remove()
	for _, f := range c.files {
		_ = f.Close()
	}
	close(c.done)
}
