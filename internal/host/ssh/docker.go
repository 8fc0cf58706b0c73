package ssh

import (
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
)

// Dial opens a stream to the server's Docker engine: `docker system dial-stdio`
// in a session. It outlives ctx; Close ends it.
func (s *Server) Dial(ctx context.Context) (net.Conn, error) {
	cmd, free, err := s.session(ctx, "exec docker system dial-stdio")
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

// Docker makes a Unix socket of this machine, for this user alone, that is the
// server's engine: what Compose and buildx are given as DOCKER_HOST=unix://SOCKET,
// so that they need no ssh. It ends with the connection.
func (s *Server) Docker(ctx context.Context) (socket string, err error) {
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
			engine, err := s.Dial(context.Background())
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
