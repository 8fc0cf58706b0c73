// Package deploytest is what the end-to-end tests of deployments share: servers
// to deploy to. A server is a container (scripts/lab/devserver.sh) with sshd
// and a Docker engine of its own, and neither Compose nor an image. It imports
// what stacktest does; nothing but tests imports it.
package deploytest

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// Server is one development server, removed with all that it holds when the test
// has ended, beside the next: see Removed.
type Server struct {
	T         *testing.T
	Dir       string // holds what the client needs: config, key, known_hosts
	Host      string // what DEPLOY_HOST gets: a name that no name server knows; its user is deploy
	Path      string // a PATH whose ssh reads Dir/config and nobody's own
	Container string // its name on this machine's engine
	Version   string // of its engine: 20.10, 26 or 26-containerd
}

// NewServer starts a server with the engine of Debian 12, "20.10", or of
// Debian 13, "26" or with the containerd image store "26-containerd", and returns
// when it answers over SSH.
func NewServer(t *testing.T, version string) *Server {
	t.Helper()
	dir, err := os.MkdirTemp("", "sbtest-") //nolint:usetesting // its name is the host's, and sockets below it have short paths
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{T: t, Dir: dir, Version: version, Path: filepath.Join(dir, "bin") + string(os.PathListSeparator) + os.Getenv("PATH")}
	stop := exec.Command(s.path(), "stop", dir)
	t.Cleanup(func() {
		removals.Go(func() { _ = errors.Join(stop.Run(), os.RemoveAll(dir)) })
	})
	s.Start()
	return s
}

var removals sync.WaitGroup

// Removed returns when the servers of all tests that have ended are gone. It is
// TestMain's to call, at its end.
func Removed() { removals.Wait() }

// For is the server for a test that is a part of the one which it ends with.
func (s *Server) For(t *testing.T) *Server {
	part := *s
	part.T = t
	return &part
}

// Start starts the server where it does not run, and waits until it answers.
func (s *Server) Start() {
	s.T.Helper()
	out := strings.TrimSpace(s.script("start", s.Dir, s.Version))
	var found bool
	if s.Host, s.Container, found = strings.Cut(out, " "); !found {
		s.T.Fatalf("no host and container in %q", out)
	}
}

// Reboot is a power cut and a boot, and waits until the server answers.
func (s *Server) Reboot() {
	s.T.Helper()
	s.Cut()
	s.Start()
}

// Cut is a power cut.
func (s *Server) Cut() {
	s.T.Helper()
	stacktest.Docker(s.T, "kill", s.Container)
}

// script runs scripts/lab/devserver.sh and returns what it prints.
func (s *Server) script(args ...string) string {
	s.T.Helper()
	return s.output(exec.Command(s.path(), args...))
}

func (s *Server) path() string {
	s.T.Helper()
	return filepath.Join(stacktest.Root(s.T), "scripts/lab/devserver.sh")
}

// IP is the server's address for this machine, where its published ports are
// reached. A reboot may change it.
func (s *Server) IP() string {
	s.T.Helper()
	return strings.TrimSpace(stacktest.Docker(s.T, "inspect", "--format", "{{.NetworkSettings.Networks.bridge.IPAddress}}", s.Container))
}

// Exec runs a command on the server as root, without SSH, and returns what it
// prints to standard output.
func (s *Server) Exec(argv ...string) string {
	s.T.Helper()
	return s.output(exec.Command("docker", append([]string{"exec", s.Container}, argv...)...))
}

// Docker is Exec of the server's own docker.
func (s *Server) Docker(args ...string) string {
	s.T.Helper()
	return s.Exec(append([]string{"docker"}, args...)...)
}

// SSH is a command of the user's own ssh for the server, to be run.
func (s *Server) SSH(args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.Dir, "bin/ssh"), append([]string{s.Host}, args...)...)
	cmd.Env = append(os.Environ(), "PATH="+s.Path)
	return cmd
}

// Engine is the socket of the server's engine on this machine, for one test and by
// one connection, to which further arguments of ssh may add forwardings.
func (s *Server) Engine(more ...string) (socket string) {
	s.T.Helper()
	socket = filepath.Join(s.Dir, "engine.sock")
	cmd := s.SSH(append([]string{"-N", "-o", "ExitOnForwardFailure=yes", "-L", socket + ":/var/run/docker.sock"}, more...)...)
	if err := cmd.Start(); err != nil {
		s.T.Fatal(err)
	}
	s.T.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	stacktest.Eventually(s.T, "the engine's socket is forwarded", func() bool { _, err := os.Stat(socket); return err == nil })
	return socket
}

// Run runs a shell command on the server as deploy in its home, without SSH, which
// takes longer, and returns what it prints to standard output.
func (s *Server) Run(command string) string {
	s.T.Helper()
	return s.output(exec.Command("docker", "exec", "--user", "deploy", "--workdir", "/home/deploy", s.Container, "bash", "-c", command))
}

// Load brings images of this machine's engine to the server.
func (s *Server) Load(images ...string) {
	s.T.Helper()
	save := exec.Command("docker", append([]string{"save"}, images...)...)
	archive, err := save.StdoutPipe()
	if err != nil {
		s.T.Fatal(err)
	}
	if err := save.Start(); err != nil {
		s.T.Fatal(err)
	}
	load := s.SSH("docker load --quiet")
	load.Stdin = archive
	s.output(load)
	_, _ = io.Copy(io.Discard, archive)
	if err := save.Wait(); err != nil {
		s.T.Fatalf("docker save %v: %v", images, err)
	}
}

func (s *Server) output(cmd *exec.Cmd) string {
	s.T.Helper()
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		s.T.Fatalf("%v: %v\n%s%s", cmd.Args, err, out, errs.String())
	}
	return string(out)
}
