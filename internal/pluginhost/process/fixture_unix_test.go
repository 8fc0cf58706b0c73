//go:build unix

package process

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// roleVariable makes the test binary a plugin, or a host, of some kind.
const roleVariable = "PROCESS_TEST_ROLE"

// Every process here is real: the test binary is the plugin.
func TestMain(m *testing.M) {
	if role := os.Getenv(roleVariable); role != "" {
		play(role)
		return
	}
	os.Exit(m.Run())
}

// play begins where a plugin may already be wrong: before its handshake.
func play(role string) {
	switch role {
	case "host":
		playHost()
	case "stops before the handshake":
		fmt.Fprintln(os.Stderr, reached)
		stopSelf()
	case "never speaks":
		fmt.Fprintln(os.Stderr, reached)
		ignoreSignals()
	case "shows its descriptors":
		showDescriptors()
	case "exits at once":
		fmt.Fprintln(os.Stderr, "cannot read /etc/kafka.conf")
		os.Exit(3)
	case "panics at once":
		panic("out of topics")
	case "floods stdout":
		flood(os.Stdout)
	case "floods stdout without a line":
		floodWith(os.Stdout, []byte(strings.Repeat("x", 1<<16)))
	case "floods stderr":
		flood(os.Stderr)
	case "says hello":
		say("hello")
	case "names the engine's socket":
		say("1|1|unix|/var/run/docker.sock|grpc")
	case "sends a certificate nobody asked for":
		say("1|1|unix|" + filepath.Join(os.Getenv("PLUGIN_UNIX_SOCKET_DIR"), "plugin1") + "|grpc|" + strings.Repeat("A", 200))
	case "speaks the old core":
		say("7|1|unix|/x|grpc")
	case "speaks net/rpc":
		say("1|1|unix|" + filepath.Join(os.Getenv("PLUGIN_UNIX_SOCKET_DIR"), "plugin1") + "|netrpc")
	case "answers its socket with garbage":
		serveGarbage()
	case "never answers its socket":
		serveSilence()
	case "speaks version 2":
		serve(role, func(c *plugin.ServeConfig) { c.ProtocolVersion = 2 })
	case "wants another cookie":
		serve(role, func(c *plugin.ServeConfig) { c.MagicCookieValue = "other.v1" })
	case "closes its socket in a call":
		serve(role, nil)
		ignoreSignals()
	case "knows no TLS":
		_ = os.Unsetenv("PLUGIN_CLIENT_CERT")
		serve(role, nil)
	case "is stock":
		serve(role, nil)
	default:
		serve(role, func(c *plugin.ServeConfig) { c.TLSProvider = givenTLS })
	}
}

func serve(role string, change func(*plugin.ServeConfig)) {
	stdout, stderr := os.Stdout, os.Stderr // Serve replaces them
	f := &fixture{role: role, stdout: stdout, stderr: stderr, cancelled: make(chan struct{})}
	config := &plugin.ServeConfig{
		HandshakeConfig: plugin.HandshakeConfig{ProtocolVersion: pluginv1.ProtocolVersion, MagicCookieKey: pluginv1.CookieKey, MagicCookieValue: pluginv1.CookieValue},
		Plugins:         plugin.PluginSet{pluginv1.SetName: fixtureSet{fixture: f}},
		GRPCServer: func(options []grpc.ServerOption) *grpc.Server {
			f.server = grpc.NewServer(append(options, grpc.MaxRecvMsgSize(pluginv1.MaxMessage), grpc.MaxSendMsgSize(1<<30))...)
			return f.server
		},
		Logger: hclog.New(&hclog.LoggerOptions{Output: stderr, JSONFormat: true, Level: hclog.Warn}),
	}
	if change != nil {
		change(config)
	}
	plugin.Serve(config)
}

// givenTLS is what a plugin does with the host's certificate.
func givenTLS() (*tls.Config, error) {
	if os.Getenv("SPELLBOOK_TLS") == "" {
		return nil, nil
	}
	both, err := io.ReadAll(os.NewFile(4, "tls"))
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(both, both)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(os.Getenv("PLUGIN_CLIENT_CERT")))
	return &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool, MinVersion: tls.VersionTLS13}, nil
}

type fixtureSet struct {
	plugin.NetRPCUnsupportedPlugin
	fixture *fixture
}

func (s fixtureSet) GRPCServer(_ *plugin.GRPCBroker, server *grpc.Server) error {
	pluginv1.RegisterPluginServiceServer(server, s.fixture)
	return nil
}

func (fixtureSet) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, nil
}

// showDescriptors tells what is open before anything is opened here, but for
// what the runtime polls with and reads its limits from.
func showDescriptors() {
	for fd := range 64 {
		if at, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd)); err == nil && !strings.HasPrefix(at, "anon_inode:") && !strings.HasPrefix(at, "/sys/fs/cgroup/") {
			fmt.Fprintln(os.Stderr, fd, strings.TrimRight(at, ":[]0123456789"))
		}
	}
	os.Exit(1)
}

func say(line string) {
	fmt.Println(line)
	ignoreSignals()
}

// ignoreSignals lives until it is killed.
func ignoreSignals() {
	signal.Ignore(syscall.SIGHUP, syscall.SIGINT, syscall.SIGTERM)
	select {}
}

// reached is logged by a plugin that will say no more.
const reached = "this far and no further"

// stopSelf does not go on: the signal takes its time to reach all threads.
func stopSelf() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
	select {}
}

func flood(w io.Writer) {
	floodWith(w, []byte(strings.Repeat(strings.Repeat("no use at all ", 10)+"\n", 500)))
}

func floodWith(w io.Writer, piece []byte) {
	for {
		_, _ = w.Write(piece)
	}
}

// listen makes a socket where the host allows one, and shakes hands.
func listen() net.Listener {
	path := filepath.Join(os.Getenv("PLUGIN_UNIX_SOCKET_DIR"), "plugin1")
	l, err := net.Listen("unix", path)
	if err != nil {
		panic(err)
	}
	fmt.Println("1|1|unix|" + path + "|grpc")
	return l
}

func serveGarbage() {
	l := listen()
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		_, _ = conn.Write([]byte("HTTP/1.1 400 what do you want\r\n\r\n"))
		_ = conn.Close()
	}
}

func serveSilence() {
	l := listen()
	for {
		if _, err := l.Accept(); err != nil {
			return
		}
		fmt.Fprintln(os.Stderr, reached)
	}
}

// children are one in the plugin's group and one that left it.
func children() {
	for _, attr := range []*syscall.SysProcAttr{nil, {Setsid: true}} {
		child := exec.Command("/bin/sleep", "1000")
		child.SysProcAttr = attr
		child.Stdout, child.Stderr = os.Stdout, os.Stderr
		if err := child.Start(); err != nil {
			panic(err)
		}
	}
}

// self is the test binary, opened as a host opens what it has hashed.
func self(t testing.TB) *os.File {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return open(t, path)
}

func open(t testing.TB, path string) *os.File {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// patience is what a test gives to what has to happen, on however busy a machine.
const patience = 10 * time.Minute

// late is a context whose deadline is passed when expire is called: what has to have happened before it has happened.
type late struct {
	context.Context
	passed chan struct{}
	once   *sync.Once
}

func newLate(ctx context.Context) late {
	return late{Context: ctx, passed: make(chan struct{}), once: new(sync.Once)}
}

func (l late) expire() { l.once.Do(func() { close(l.passed) }) }

func (l late) Done() <-chan struct{} { return l.passed }

func (l late) Err() error {
	select {
	case <-l.passed:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

// spec has bounds that no busy machine reaches. A test of what happens behind one sets that one.
func spec(t testing.TB, role string) Spec {
	return Spec{
		Name: "kafka", File: self(t), Environ: []string{roleVariable + "=" + role, "PATH=/usr/bin:/bin"}, MTLS: true,
		StartTimeout: patience, CallTimeout: patience, KillGrace: patience, signOfLife: patience, settle: patience,
	}
}

func started(t testing.TB, s Spec) *Process {
	t.Helper()
	p, err := Start(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(p.child.dir.path); err == nil {
			t.Errorf("%s is left", p.child.dir.path)
		}
	})
	return p
}
