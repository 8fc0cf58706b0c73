package ssh

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"time"
)

// Command is what runs on the server, in the home directory of whom we signed in
// as. Argv is taken as it is, by no shell; secrets are not for it, every user of
// the server can read it.
type Command struct {
	Argv           []string
	Stdin          io.Reader // nil: nothing
	Stdout, Stderr io.Writer // nil: nowhere
}

// ExitError says that a command ran and ended with something else than 0: 1 to
// 255, as the server's shell counts (127 not found, 128 and more a signal).
type ExitError struct {
	Name string
	Code int
}

// Error is what the shell would say.
func (e *ExitError) Error() string { return fmt.Sprintf("%s: exit status %d", e.Name, e.Code) }

// envelope, one line, runs what follows the mark, and says on stderr in which
// process group (sshd has made one for the session) and how it ended: ssh's own
// 255 says nothing. It outlives what it runs, so that the watchdog finds it as
// long as there is anything to end.
const envelope = `mark=$1; shift; trap : TERM; read -r _ _ _ _ group _ </proc/$$/stat; echo "$mark begin $group" >&2 || exit; (exec "$@"); echo "$mark end $?" >&2`

// Run runs a command to its end: nil, an *ExitError, ErrBroken where the
// connection was gone before the command's end was known, or ctx's cause, when the
// command and what it started has ended too: TERM, and KILL after five seconds.
func (s *Server) Run(ctx context.Context, c Command) error {
	mark := s.watchdog.name + rand.Text()
	cmd, free, err := s.session(ctx, "exec "+Quote(append([]string{"/bin/sh", "-c", envelope, "sh", mark}, c.Argv...)...))
	if err != nil {
		return err
	}
	defer free()
	out, said := &failing{to: c.Stdout}, newFrame(mark, c.Stderr)
	cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.WaitDelay = c.Stdin, out, said, grace
	own(cmd)
	if err = cmd.Start(); err != nil {
		return fmt.Errorf("run ssh: %w", err)
	}
	ended := make(chan struct{})
	go func() {
		err = cmd.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-ctx.Done():
		s.interrupt(cmd, said, ended)
		return context.Cause(ctx)
	}
	return s.judge(c.Argv[0], said, out, err)
}

// interrupt ends a command there and here.
func (s *Server) interrupt(cmd *exec.Cmd, said *frame, ended chan struct{}) {
	select { // what has not begun cannot be ended yet, and would begin
	case <-said.started:
		s.watchdog.stop(s.main, said.group)
	case <-ended:
		return
	case <-s.main.done:
	case <-time.After(5 * time.Second):
	}
	end(cmd)
	force := time.AfterFunc(grace, func() { kill(cmd) })
	defer force.Stop()
	<-ended
}

// judge says how a command ended: by its own word where there is one.
func (s *Server) judge(name string, said *frame, out *failing, err error) error {
	said.flush()
	var exit *exec.ExitError
	switch {
	case out.err != nil:
		return out.err
	case said.code > 0:
		return &ExitError{Name: name, Code: said.code}
	case said.code == 0 && !errors.As(err, &exit) && !errors.Is(err, exec.ErrWaitDelay):
		return err // what could not be read for its input, or nothing
	case said.code == 0:
		return nil
	}
	if s.lost() {
		return fmt.Errorf("%s: %w", name, s.broken())
	}
	if said.group != "" {
		s.watchdog.stop(s.main, said.group)
		return fmt.Errorf("run %s on %s: it was ended together with its session", name, s.Destination)
	}
	return fmt.Errorf("run %s on %s: ssh: %s", name, s.Destination, said.words.reason(exit))
}

// lost reports whether the connection is gone; its end may be seen a moment
// after that of a session.
func (s *Server) lost() bool {
	select {
	case <-s.main.done:
		return true
	case <-time.After(grace):
		return false
	}
}

// failing remembers that its writer failed, which ssh would hide behind an exit
// code.
type failing struct {
	to  io.Writer
	err error
}

// Write is part of io.Writer.
func (f *failing) Write(b []byte) (int, error) {
	if f.to == nil {
		return len(b), nil
	}
	n, err := f.to.Write(b)
	if err != nil {
		f.err = err
	}
	return n, err
}
