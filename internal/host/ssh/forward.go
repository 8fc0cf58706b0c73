package ssh

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// ErrForwardingRefused says that the server's sshd forwards nothing (AllowTcpForwarding no
// of its sshd_config). Take a way that needs none.
var ErrForwardingRefused = errors.New("the server's sshd refuses forwarding")

// Reverse makes local, an address host:port of this machine, reachable from the
// server's loopback as remote, 127.0.0.1:PORT, whose port the server chooses. It
// ends with cancel or the connection.
func (s *Server) Reverse(ctx context.Context, local string) (remote string, cancel func() error, err error) {
	if s.main.socket == "" && !s.masters.own {
		return "", nil, fmt.Errorf("a tunnel from %s: %w", s.Destination, ErrForwardingRefused) // no connection that could be told
	}
	what := []string{"-R", "127.0.0.1:0:" + local}
	port, err := s.control(ctx, "forward", what...)
	if err != nil {
		return "", nil, fmt.Errorf("a tunnel from %s: %w", s.Destination, err)
	}
	cancel = func() error {
		_, err := s.control(context.WithoutCancel(ctx), "cancel", what...)
		return err
	}
	s.onClose(func() { _ = cancel() }) // a connection of the user's own stays
	return "127.0.0.1:" + port, cancel, nil
}

// control tells the connection to do something. The exit code of ssh says little:
// a tunnel that it could not cancel is 0. What it says on stderr counts.
func (s *Server) control(ctx context.Context, verb string, what ...string) (string, error) {
	if s.main.ended() {
		return "", s.broken()
	}
	whole, err := s.command()
	if err != nil {
		return "", err
	}
	s.main.through(whole)
	cmd := exec.CommandContext(ctx, whole.Path, append(append([]string{"-O", verb}, what...), whole.Args[1:]...)...)
	var out, said bytes.Buffer
	cmd.Env, cmd.Stdout, cmd.Stderr, cmd.WaitDelay = whole.Env, &out, &said, grace
	own(cmd)
	err = cmd.Run()
	words := strings.TrimSpace(said.String())
	switch {
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case strings.Contains(words, "port forwarding failed"):
		return "", ErrForwardingRefused
	case err != nil || words != "":
		return "", fmt.Errorf("ssh -O %s: %s", verb, lastLine(words))
	}
	return strings.TrimSpace(out.String()), nil
}
