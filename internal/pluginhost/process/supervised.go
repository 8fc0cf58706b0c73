package process

import (
	"context"
	"io"
	"strconv"
	"strings"
)

// supervised is the child as go-plugin sees it: it reads a handshake that has
// been judged, and nothing else.
type supervised struct {
	child   *child
	start   context.Context // go-plugin hands its own over
	started func()
}

// Start runs the executable.
func (s *supervised) Start(context.Context) error {
	if err := s.child.start(s.start); err != nil {
		return err
	}
	s.started()
	return nil
}

// Wait returns when the child and its group are gone.
func (s *supervised) Wait(context.Context) error {
	<-s.child.done
	return nil
}

// Kill ends the group.
func (s *supervised) Kill(context.Context) error {
	s.child.kill()
	return nil
}

// Stdout has the handshake's line and ends with the child.
func (s *supervised) Stdout() io.ReadCloser { return s.child.accepted }

// Stderr is empty: the child reads its log lines itself.
func (s *supervised) Stderr() io.ReadCloser { return io.NopCloser(strings.NewReader("")) }

// Name is the plugin's.
func (s *supervised) Name() string { return s.child.spec.Name }

// ID is the process id, "" before the start.
func (s *supervised) ID() string {
	s.child.mu.Lock()
	defer s.child.mu.Unlock()
	if s.child.pid == 0 {
		return ""
	}
	return strconv.Itoa(s.child.pid)
}

// Diagnose has nothing to add: the child has judged the handshake.
func (s *supervised) Diagnose(context.Context) string { return "" }

// PluginToHost: both are on one machine.
func (s *supervised) PluginToHost(network, address string) (hostNetwork, hostAddress string, err error) {
	return network, address, nil
}

// HostToPlugin likewise.
func (s *supervised) HostToPlugin(network, address string) (pluginNetwork, pluginAddress string, err error) {
	return network, address, nil
}
