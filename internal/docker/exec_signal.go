package docker

import (
	"bytes"
	"context"
	"io"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/moby/moby/client"
)

// announce makes the container's shell say its process, which the command
// then takes over.
const announce = `echo "$$"; exec "$@"`

// announceSized also waits, for a second at most, until the terminal has a
// size: engines before API 1.42 give it one only once the command runs.
const announceSized = `echo "$$"; n=0
while [ "$(stty size 2>/dev/null)" = "0 0" ] && [ "$n" -lt 40 ]; do n=$((n+1)); sleep 0.025; done
exec "$@"`

// announced is the command line that runs, with the announcement where the
// container has a shell.
func announced(cmd Command) []string {
	if !cmd.Shell {
		return cmd.Argv
	}
	script := announce
	if cmd.TTY && cmd.Size != (Size{}) {
		script = announceSized
	}
	return append([]string{"/bin/sh", "-c", script, "sh"}, cmd.Argv...)
}

// pidWriter takes the announcement off the output.
type pidWriter struct {
	to    io.Writer
	pid   chan<- int
	begun func()
	head  []byte
	done  bool
}

// Write is part of io.Writer.
func (p *pidWriter) Write(b []byte) (int, error) {
	if p.done {
		return p.to.Write(b)
	}
	p.head = append(p.head, b...)
	line, rest, found := bytes.Cut(p.head, []byte("\n"))
	if !found {
		return len(b), nil
	}
	p.done = true
	pid, err := strconv.Atoi(string(bytes.TrimSpace(line)))
	if err != nil {
		rest = p.head // the shell did not run: this is why
	} else {
		p.pid <- pid
		if p.begun != nil {
			p.begun()
		}
	}
	if len(rest) > 0 {
		_, err = p.to.Write(rest)
		return len(b), err
	}
	return len(b), nil
}

// insist is how long a command has for its end once it is told to end.
const insist = 10 * time.Second

// relay hands signals on. Who was asked to end and does not is killed.
func (a *attached) relay(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case s := <-a.cmd.Signals:
			a.terminated.CompareAndSwap(false, s == syscall.SIGTERM)
			a.signal(ctx, a.nameOf(s))
			if s != os.Interrupt {
				time.AfterFunc(insist, func() {
					if ctx.Err() == nil {
						a.signal(ctx, "KILL")
					}
				})
			}
		}
	}
}

// nameOf is the signal that the command gets. An interactive shell does not
// listen to TERM, but ends when its terminal does.
func (a *attached) nameOf(s os.Signal) string {
	switch {
	case s == os.Interrupt:
		return "INT"
	case s == syscall.SIGTERM && !a.cmd.TTY:
		return "TERM"
	}
	return "HUP"
}

// code is that of a command which ended by what it got in place of a signal: whoever sent
// that one looks for its own number.
func (a *attached) code(exit int) int {
	if exit == 128+int(syscall.SIGHUP) && a.terminated.Load() {
		return 128 + int(syscall.SIGTERM)
	}
	return exit
}

// signal tells the process group of the command; the engine makes each
// command the leader of one.
func (a *attached) signal(ctx context.Context, name string) {
	if pid, ok := a.process(ctx); ok {
		argv := []string{"/bin/sh", "-c", `kill -s "$1" -- "-$2" || kill -s "$1" "$2"`, "sh", name, strconv.Itoa(pid)}
		_, _, _ = a.client.Exec(ctx, a.container, argv, nil)
	}
}

// process is the command's process in the container, once it is known.
func (a *attached) process(ctx context.Context) (int, bool) {
	select {
	case <-ctx.Done():
		return 0, false
	case pid := <-a.pid:
		a.pid <- pid
		return pid, true
	}
}

// kill ends what runs for nobody any more. Without a shell that is only possible on
// this machine, by who may.
func (a *attached) kill(ctx context.Context) {
	if a.cmd.Shell {
		a.signal(ctx, "KILL")
		return
	}
	got, err := a.client.api.ExecInspect(ctx, a.id, client.ExecInspectOptions{})
	if err != nil || !got.Running || !a.client.Local() {
		return
	}
	group, err := os.ReadFile("/proc/" + strconv.Itoa(got.PID) + "/cgroup")
	if p, found := os.FindProcess(got.PID); err == nil && found == nil && bytes.Contains(group, []byte(got.ContainerID)) {
		_ = p.Kill()
	}
}
