package ssh

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"sync"

	"github.com/pkg/sftp"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// ErrBroken says that the connection to the server is gone, so that nobody knows what
// became of what ran there. Connect again, and look.
var ErrBroken = errors.New("the connection to the server broke")

// Server is one signed-in connection to another machine. Everything goes through
// it: commands, files, streams to the engine, tunnels. What still runs there is
// ended with it, even where this process is killed or the network is cut.
type Server struct {
	Destination string // as the user wrote it

	target   []string // the options and the host, for ssh
	environ  []string
	masters  masters
	main     *master
	watchdog *watchdog
	free     func()

	forward struct { // to the engine's socket
		sync.Mutex
		tried  bool
		socket string
	}

	mu      sync.Mutex
	files   *sftp.Client
	closers []func()
}

// Connect signs in once at destination, [user@]host[:port] or a Host of the
// user's settings, with the user's own ssh out of environ's PATH. It has no
// terminal, so nothing is asked; what would be asked is an error that says what to
// type. A server that falls silent is given up after 15 seconds.
func Connect(ctx context.Context, destination string, environ []string) (*Server, error) {
	target, err := parseDestination(destination)
	if err != nil {
		return nil, err
	}
	s := &Server{Destination: destination, target: target, environ: environ, watchdog: newWatchdog()}
	keeper, err := s.command(watchdogScript)
	if err != nil {
		return nil, failure.New(failure.Preflight, "connect to %s: %w", destination, err).WithHint("install OpenSSH's client: sudo apt-get install openssh-client")
	}
	if s.main, s.free, err = s.masters.hold(ctx, keeper, s.watchdog); err != nil {
		return nil, fmt.Errorf("connect to %s: %w", destination, err)
	}
	s.watchdog.tell(s.main, s.watchdog.name)
	select {
	case <-ctx.Done():
		s.free()
		return nil, context.Cause(ctx)
	case <-s.main.done:
		s.free()
		return nil, s.refused(ctx, s.main.keeper.said.all())
	case <-s.watchdog.ready:
	}
	go s.watchdog.beat(s.main)
	return s, nil
}

// parseDestination is ssh's options and host. It refuses what ssh would take for an option.
func parseDestination(destination string) ([]string, error) {
	address, user := destination, ""
	at := strings.LastIndexByte(destination, '@')
	if at >= 0 {
		user, address = destination[:at], destination[at+1:]
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil { // no port
		host, port = strings.TrimSuffix(strings.TrimPrefix(address, "["), "]"), "22"
	}
	if host == "" || host[0] == '-' || at == 0 || strings.HasPrefix(user, "-") || strings.ContainsAny(destination, " \t\r\n,/\x00") ||
		port == "" || strings.Trim(port, "0123456789") != "" {
		return nil, failure.New(failure.Preflight, "%q is no destination of ssh", destination).
			WithHint("write it like deploy@203.0.113.7, deploy@example.org:2222, or a Host of ~/.ssh/config")
	}
	options := []string{"-o", "ConnectTimeout=15", "-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=3", "-T"}
	if user != "" {
		options = append(options, "-l", user)
	}
	if err == nil {
		options = append(options, "-p", port)
	}
	return append(options, "--", host), nil
}

// command is ssh with what the server's shell is to run.
func (s *Server) command(remote ...string) (*exec.Cmd, error) {
	return command(append(append([]string{"ssh"}, s.target...), remote...), s.environ)
}

// session is a command through the connection, not yet started. free gives its
// place back.
func (s *Server) session(ctx context.Context, remote ...string) (cmd *exec.Cmd, free func(), err error) {
	if s.main.ended() {
		return nil, nil, s.broken()
	}
	further, err := s.command("exec cat")
	if err != nil {
		return nil, nil, err
	}
	m, free, err := s.masters.join(ctx, further)
	if err != nil {
		return nil, nil, fmt.Errorf("open a session on %s: %w", s.Destination, err)
	}
	if cmd, err = s.command(remote...); err != nil {
		free()
		return nil, nil, err
	}
	if m != nil {
		m.through(cmd)
	}
	return cmd, free, nil
}

// Lost is closed once the connection is gone, on purpose or not.
func (s *Server) Lost() <-chan struct{} { return s.main.done }

// broken is ErrBroken with what ssh said of it.
func (s *Server) broken() error {
	<-s.main.done
	return fmt.Errorf("%s: %w: %w", s.Destination, ErrBroken, s.main.failed)
}

// onClose has something done when the connection is closed.
func (s *Server) onClose(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closers = append(s.closers, do)
}

// Close ends the connection and everything that goes through it.
func (s *Server) Close() error {
	s.mu.Lock()
	closers, files := s.closers, s.files
	s.closers, s.files = nil, nil
	s.mu.Unlock()
	for _, do := range closers {
		do()
	}
	if files != nil {
		_ = files.Close()
	}
	s.main.close()
	s.masters.end()
	s.free()
	return nil
}
