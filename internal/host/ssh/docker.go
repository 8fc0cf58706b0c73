package ssh

import (
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// Dial opens a stream to the server's Docker engine. It outlives ctx; Close ends it.
func (s *Server) Dial(ctx context.Context) (net.Conn, error) {
	if socket := s.forwarded(ctx); socket != "" {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}
	return s.dialStdio(ctx, "")
}

// dialStdio opens a stream in a session to the server's engine, or to the Unix socket at
// path: the way that needs no forwarding, and says why it failed. The CLI asks what is
// there for its API's version first, in a connection of its own, and takes any answer.
func (s *Server) dialStdio(ctx context.Context, path string) (net.Conn, error) {
	line := []string{"docker", "system", "dial-stdio"}
	if path != "" {
		line = []string{"docker", "--host=unix://" + path, "system", "dial-stdio"}
	}
	cmd, free, err := s.session(ctx, "exec "+Quote(line...))
	if err != nil {
		return nil, err
	}
	c, err := start(cmd, sharedEntry, func() {})
	if err != nil {
		free()
		return nil, err
	}
	c.free = free
	return c, nil
}

// forwarded is a socket of this machine that ssh forwards to the engine's; "" where
// the server forwards nothing, the engine does not answer there, or the
// connection is the user's own, which would keep it when we are gone. No session
// of the server's ten is taken, and no process started, by a stream through it.
func (s *Server) forwarded(ctx context.Context) string {
	s.forward.Lock()
	defer s.forward.Unlock()
	if s.forward.tried || s.main.socket == "" {
		return s.forward.socket
	}
	var there strings.Builder
	if err := s.Run(ctx, Command{Argv: []string{"docker", "context", "inspect", "--format", "{{.Endpoints.docker.Host}}"}, Stdout: &there}); ctx.Err() != nil {
		return ""
	} else if path, local := strings.CutPrefix(strings.TrimSpace(there.String()), "unix://"); local && err == nil {
		socket := filepath.Join(filepath.Dir(s.main.socket), "docker.sock")
		_, err := s.control(ctx, "forward", "-L", socket+":"+path)
		if err == nil && ping(ctx, func(ctx context.Context) (net.Conn, error) { return (&net.Dialer{}).DialContext(ctx, "unix", socket) }) == nil {
			s.forward.socket = socket
		}
	}
	s.forward.tried = ctx.Err() == nil
	return s.forward.socket
}

// ping has the engine say anything: that a socket is forwarded is said before
// anybody has tried.
func ping(ctx context.Context, dial func(context.Context) (net.Conn, error)) error {
	c, err := dial(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = c.Close() })
	defer stop()
	if _, err := io.WriteString(c, "GET /_ping HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n"); err != nil {
		return err
	}
	_, err = c.Read(make([]byte, 1))
	return err
}

// Docker is a Unix socket of this machine, for this user alone, that is the
// server's engine: what Compose and buildx are given as DOCKER_HOST=unix://SOCKET,
// so that they need no ssh. It ends with the connection. Where no engine answers,
// failure.Preflight says why.
func (s *Server) Docker(ctx context.Context) (socket string, err error) {
	if socket := s.forwarded(ctx); socket != "" {
		return socket, nil
	}
	dial := func(ctx context.Context) (net.Conn, error) { return s.dialStdio(ctx, "") }
	if err := ping(ctx, dial); err != nil {
		return "", failure.New(failure.Preflight, "no Docker engine answers on %s: %w", s.Destination, err).WithHint("try: ssh %s docker version", s.byHand())
	}
	dir, err := os.MkdirTemp(socketDir(os.TempDir()), "spellbook-ssh-")
	if err != nil {
		return "", err
	}
	socket = filepath.Join(dir, "docker.sock")
	listener, err := (&net.ListenConfig{}).Listen(ctx, "unix", socket)
	if err != nil {
		_ = os.RemoveAll(dir)
		return "", err
	}
	s.onClose(func() {
		_ = listener.Close()
		_ = os.RemoveAll(dir)
	})
	go s.serve(listener)
	return socket, nil
}

// serve joins each caller with a stream of its own.
func (s *Server) serve(listener net.Listener) {
	for {
		caller, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer func() { _ = caller.Close() }()
			engine, err := s.dialStdio(context.Background(), "")
			if err != nil {
				return
			}
			defer func() { _ = engine.Close() }()
			join(caller, engine)
		}()
	}
}

// join copies both ways. The end of one way is passed on, as the streams of an
// attached container need; the engine's end ends both.
func join(caller, engine net.Conn) {
	var ways sync.WaitGroup
	ways.Go(func() {
		_, _ = io.Copy(engine, caller)
		closeWrite(engine)
	})
	_, _ = io.Copy(caller, engine)
	_ = caller.Close()
	ways.Wait()
}

func closeWrite(c net.Conn) {
	if half, can := c.(interface{ CloseWrite() error }); can {
		_ = half.CloseWrite()
	}
}
