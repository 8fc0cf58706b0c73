package docker

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/client"
)

// Size is that of a terminal, in columns and rows.
type Size struct{ Width, Height int }

// Command is a command in a container, with the streams of this process.
type Command struct {
	Argv []string
	Env  []string // added to the container's; never shown
	User string   // "" is the container's
	Dir  string   // "" is the container's
	// Privileged gives it all that root of the machine may do.
	Privileged bool

	In  io.Reader // nil for none
	Out io.Writer
	Err io.Writer
	// TTY gives it a terminal of this Size: Err stays empty, and Sizes tells
	// each other size that the terminal takes.
	TTY   bool
	Size  Size
	Sizes <-chan Size
	// Signals are handed on to the command. That needs Shell: the API has no
	// signals for it, so the shell of the container first tells its process.
	Signals <-chan os.Signal
	Shell   bool
	// Made is told the ID that the engine has given it before it begins, and Began
	// that it has begun, which only Shell tells. Each may be nil.
	Made  func(id string)
	Began func()
}

// Attach runs a command in a container to its end and returns its exit code.
// When ctx ends, the command is killed. The goroutine that reads In may stay
// behind in its last Read.
func (c *Client) Attach(ctx context.Context, name string, cmd Command) (int, error) {
	console := client.ConsoleSize{Width: uint(cmd.Size.Width), Height: uint(cmd.Size.Height)}
	made, err := c.api.ExecCreate(ctx, name, client.ExecCreateOptions{Cmd: announced(cmd), Env: cmd.Env, TTY: cmd.TTY,
		User: cmd.User, WorkingDir: cmd.Dir, Privileged: cmd.Privileged, ConsoleSize: console, AttachStdin: cmd.In != nil, AttachStdout: true, AttachStderr: true})
	if err != nil {
		return -1, fmt.Errorf("run command in %q: %w", name, err)
	}
	if cmd.Made != nil {
		cmd.Made(made.ID)
	}
	conn, err := c.attach(ctx, made.ID, client.ExecAttachOptions{TTY: cmd.TTY, ConsoleSize: console})
	if err != nil {
		return -1, fmt.Errorf("run command in %q: %w", name, err)
	}
	defer conn.Close()
	a := &attached{client: c, container: name, id: made.ID, cmd: cmd, pid: make(chan int, 1)}
	defer a.serve(ctx, conn.HijackedResponse)()
	if err := a.output(conn.Reader); err != nil && ctx.Err() == nil {
		return -1, fmt.Errorf("run command in %q: %w", name, err)
	}
	if ctx.Err() != nil {
		return -1, context.Cause(ctx)
	}
	code, err := c.exitCode(ctx, made.ID)
	return a.code(code), err
}

// attached is a command at work.
type attached struct {
	client        *Client
	container, id string
	cmd           Command
	pid           chan int // its process in the container, once known
	terminated    atomic.Bool
}

// serve feeds the command until the function it returns is called.
func (a *attached) serve(ctx context.Context, conn client.HijackedResponse) func() {
	within, stop := context.WithCancel(ctx)
	if a.cmd.In != nil {
		go func() {
			_, _ = io.Copy(conn.Conn, a.cmd.In)
			_ = conn.CloseWrite()
		}()
	}
	go a.resize(within)
	go a.relay(within)
	cut := context.AfterFunc(ctx, func() {
		defer conn.Close()
		last, done := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer done()
		a.kill(last)
	})
	return func() { cut(); stop() }
}

// output copies until the command ends.
func (a *attached) output(stream io.Reader) error {
	out := a.cmd.Out
	if a.cmd.Shell {
		out = &pidWriter{to: a.cmd.Out, pid: a.pid, begun: a.cmd.Began}
	}
	var err error
	if a.cmd.TTY {
		_, err = io.Copy(out, stream)
	} else {
		_, err = stdcopy.StdCopy(out, a.cmd.Err, stream)
	}
	return err
}

// resize passes sizes on, the first one included: engines before API 1.42 do
// not take it from the beginning, and lose it before the command runs.
func (a *attached) resize(ctx context.Context) {
	if !a.cmd.TTY {
		return
	}
	a.begun(ctx)
	for size := a.cmd.Size; ctx.Err() == nil; {
		if size.Width > 0 && size.Height > 0 {
			a.setSize(ctx, client.ExecResizeOptions{Width: uint(size.Width), Height: uint(size.Height)})
		}
		select {
		case <-ctx.Done():
		case size = <-a.cmd.Sizes:
		}
	}
}

// setSize tries a few times: an engine under load may not know the terminal yet.
func (a *attached) setSize(ctx context.Context, o client.ExecResizeOptions) {
	for range 10 {
		if _, err := a.client.api.ExecResize(ctx, a.id, o); err == nil {
			return
		}
		pause(ctx, 50*time.Millisecond)
	}
}

// begun waits until the command runs, as far as that can be known.
func (a *attached) begun(ctx context.Context) {
	if !a.cmd.Shell {
		pause(ctx, 200*time.Millisecond)
		return
	}
	_, _ = a.process(ctx)
}

// exitCode waits until the engine has seen the end: a command may close its
// streams before.
func (c *Client) exitCode(ctx context.Context, id string) (int, error) {
	for wait := time.Millisecond; ; wait = min(2*wait, 200*time.Millisecond) {
		got, err := c.api.ExecInspect(ctx, id, client.ExecInspectOptions{})
		if err != nil {
			return -1, fmt.Errorf("read exit code: %w", err)
		}
		if !got.Running {
			return got.ExitCode, nil
		}
		pause(ctx, wait)
	}
}

// HasFile reports whether a container has a file of that path.
func (c *Client) HasFile(ctx context.Context, name, path string) (bool, error) {
	_, err := c.api.ContainerStatPath(ctx, name, client.ContainerStatPathOptions{Path: path})
	if cerrdefs.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for %s in %q: %w", path, name, err)
	}
	return true, nil
}

// Stopped reports whether a command was refused because its container is gone or
// does not run.
func Stopped(err error) bool { return cerrdefs.IsConflict(err) || cerrdefs.IsNotFound(err) }
