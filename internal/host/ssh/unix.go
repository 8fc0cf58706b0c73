package ssh

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
)

// Unix dials a Unix socket of the server that whom we signed in as may open, such
// as one that belongs to them. Where sshd forwards nothing, each connection is a session.
func (s *Server) Unix(ctx context.Context, path string) (dial func(context.Context) (net.Conn, error), err error) {
	if s.forwarded(ctx) == "" {
		return func(ctx context.Context) (net.Conn, error) { return s.dialStdio(ctx, path) }, nil
	}
	return s.tunnel(ctx, path)
}

// tunnel dials what the server reaches: the path of a socket, or HOST:PORT.
func (s *Server) tunnel(ctx context.Context, to string) (dial func(context.Context) (net.Conn, error), err error) {
	if s.main.socket == "" && !s.masters.own {
		return nil, fmt.Errorf("a tunnel to %s: %w", s.Destination, ErrForwardingRefused)
	}
	dir, err := os.MkdirTemp(socketDir(os.TempDir()), "spellbook-ssh-")
	if err != nil {
		return nil, err
	}
	local := filepath.Join(dir, "s")
	what := []string{"-L", local + ":" + to}
	if _, err := s.control(ctx, "forward", what...); err != nil {
		_ = os.RemoveAll(dir)
		return nil, fmt.Errorf("a tunnel to %s: %w", s.Destination, err)
	}
	s.onClose(func() {
		_, _ = s.control(context.Background(), "cancel", what...)
		_ = os.RemoveAll(dir)
	})
	return func(ctx context.Context) (net.Conn, error) { return (&net.Dialer{}).DialContext(ctx, "unix", local) }, nil
}
