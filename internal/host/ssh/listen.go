package ssh

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// Forward makes an address that the server reaches, HOST:PORT, reachable on this
// machine's loopback as local. Each connection asks address where to go, as a
// container that was made anew has another. What keeps one from going there is told
// to failed. It ends with the connection to the server.
func (s *Server) Forward(ctx context.Context, address func(context.Context) (string, error), failed func(error)) (local *net.TCPAddr, err error) {
	f := &forwarding{server: s, address: address, ways: map[string]func(context.Context) (net.Conn, error){}}
	if err := f.try(ctx); err != nil {
		return nil, err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s.onClose(func() { _ = listener.Close() })
	go func() {
		for {
			caller, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = caller.Close() }()
				there, err := f.dial(context.WithoutCancel(ctx))
				if err != nil {
					failed(err)
					return
				}
				defer func() { _ = there.Close() }()
				join(caller, there)
			}()
		}
	}()
	return listener.Addr().(*net.TCPAddr), nil
}

// forwarding is one port of this machine, and the ways that it has led.
type forwarding struct {
	server  *Server
	address func(context.Context) (string, error)

	mu   sync.Mutex
	ways map[string]func(context.Context) (net.Conn, error)
}

func (f *forwarding) dial(ctx context.Context) (net.Conn, error) {
	to, err := f.address(ctx)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ways[to] == nil {
		if f.ways[to], err = f.server.tunnel(ctx, to); err != nil {
			return nil, err
		}
	}
	return f.ways[to](ctx)
}

// ErrNobodyListens says that the server reaches the address, and nobody answers there.
var ErrNobodyListens = errors.New("nobody listens there")

// patience is how long a server may take to say that there is no way to an address:
// that there is one, it does not say.
const patience = 500 * time.Millisecond

// try finds out whether the way leads anywhere: where it does not, the connection
// ends as soon as it is made.
func (f *forwarding) try(ctx context.Context) error {
	c, err := f.dial(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	_ = c.SetReadDeadline(time.Now().Add(patience))
	if _, err = c.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		return nil
	}
	if f.server.forwarded(ctx) == "" {
		return fmt.Errorf("a tunnel to %s: %w", f.server.Destination, ErrForwardingRefused)
	}
	return ErrNobodyListens
}
