package process

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec" //nolint:depguard // see child.go
	"time"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// start runs the executable, again while it is busy: a fork of the host may hold
// the descriptor that it was just written through for a moment (golang/go#22315).
func (c *child) start(ctx context.Context) error {
	if c.spec.File == nil {
		return errors.New("no executable")
	}
	for {
		err := c.startOnce()
		if err == nil || !isBusy(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(2 * time.Millisecond):
		}
	}
}

func (c *child) startOnce() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.released {
		return errors.New("ended before it was started")
	}
	script, path, err := executable(c.spec.File)
	if err != nil {
		return err
	}
	stdout, stderr, err := c.run(path)
	if err != nil {
		_ = script.Close()
		var at *fs.PathError
		if errors.As(err, &at) {
			return &fs.PathError{Op: "run", Path: c.spec.File.Name(), Err: at.Err}
		}
		return err
	}
	c.files = []*os.File{stdout, stderr, script} // an interpreter opens its script after exec
	return nil
}

// run starts path in the group, and gives the read ends of its stdout and
// stderr.
func (c *child) run(path string) (stdout, stderr *os.File, err error) {
	cmd := &exec.Cmd{Path: path, Args: append([]string{c.spec.Name}, c.spec.Args...), Dir: c.spec.Dir}
	if cmd.Dir == "" {
		cmd.Dir = c.dir.path
	}
	cmd.Env = append(append([]string{}, c.spec.Environ...), c.handshake...)
	cmd.Env = append(cmd.Env, pluginv1.SocketDirKey+"="+c.dir.path)
	stdout, outEnd, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = outEnd.Close() }()
	stderr, errEnd, err := os.Pipe()
	if err != nil {
		_ = stdout.Close()
		return nil, nil, err
	}
	defer func() { _ = errEnd.Close() }()
	cmd.Stdout, cmd.Stderr = outEnd, errEnd // stdin is the null device
	if err := c.group.start(cmd, c.tls); err != nil {
		_, _ = stdout.Close(), stderr.Close()
		return nil, nil, err
	}
	c.pid = cmd.Process.Pid
	c.watch(cmd, stdout, stderr)
	return stdout, stderr, nil
}
