package kit

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec" //nolint:depguard // the kit is a host of its own: it starts the one binary that it was given
	"path/filepath"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

const (
	// endTime is how long a plugin may take to exit when it is told to.
	endTime = time.Second
	// mostSaid is how much of each stream is kept, in bytes.
	mostSaid = 1 << 20
	// longestTemp leaves room for a socket's name: its path has 104 bytes at most.
	longestTemp = 60
)

// process is a started plugin.
type process struct {
	rpc            pluginv1.PluginServiceClient
	connection     *grpc.ClientConn
	opened         []*grpc.ClientConn // all of them
	cmd            *exec.Cmd
	sockets        string
	handshake      []string  // its parts
	identity       *identity // nil without TLS
	lifeline       io.Closer // nil where there is none
	stdout, stderr *keeper
	exited         chan struct{}
	err            error // of the exit; read after exited
}

// start runs the binary and shakes hands.
func (s *session) start(ctx context.Context) (*process, error) {
	temp := os.TempDir()
	if len(temp) > longestTemp {
		temp = "/tmp"
	}
	sockets, err := os.MkdirTemp(temp, "kit")
	if err != nil {
		return nil, fmt.Errorf("make directory for socket: %w", err)
	}
	// go-plugin's hosts keep a directory of their own beside the socket.
	if err := os.Mkdir(filepath.Join(sockets, "plugin-dir1"), 0o700); err != nil {
		return nil, fmt.Errorf("make directory for socket: %w", err)
	}
	p := &process{sockets: sockets, identity: s.identity, stdout: &keeper{}, stderr: &keeper{}, exited: make(chan struct{})}
	lines, stdout := io.Pipe()
	p.cmd = exec.Command(s.binary) //nolint:gosec,noctx // the binary to be checked; process.end bounds it
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr, p.cmd.WaitDelay = sockets, stdout, p.stderr, endTime
	p.cmd.Env = append(append([]string{}, s.options.Environ...),
		pluginv1.CookieKey+"="+pluginv1.CookieValue, pluginv1.SocketDirKey+"="+sockets,
		"PLUGIN_PROTOCOL_VERSIONS=1", "PLUGIN_MIN_PORT=10000", "PLUGIN_MAX_PORT=25000")
	if err := p.run(stdout); err != nil {
		return nil, errors.Join(fmt.Errorf("start plugin %q: %w", s.binary, err), os.RemoveAll(sockets))
	}
	if err := p.connect(ctx, lines); err != nil {
		p.end()
		return nil, fmt.Errorf("%w%s", err, p.stderr.tail())
	}
	return p, nil
}

// run starts the process with what it inherits, which is closed here.
func (p *process) run(stdout io.Closer) error {
	inherited, err := p.inherit()
	defer func() {
		for _, file := range inherited {
			_ = file.Close()
		}
	}()
	if err != nil {
		return err
	}
	if err := p.cmd.Start(); err != nil {
		return err
	}
	go func() {
		p.err = p.cmd.Wait()
		_ = stdout.Close()
		close(p.exited)
	}()
	return nil
}

// connect reads the handshake. What follows on stdout is kept.
func (p *process) connect(ctx context.Context, lines io.Reader) error {
	first := make(chan string, 1)
	go func() {
		reader := bufio.NewReader(lines)
		line, _ := reader.ReadString('\n')
		first <- line
		_, _ = io.Copy(p.stdout, reader)
	}()
	select {
	case line := <-first:
		return p.dial(line)
	case <-ctx.Done():
		return errors.New("no handshake in time")
	}
}

// dial: CORE|VERSION|NETWORK|ADDRESS|grpc|CERTIFICATE, the last for TLS only.
func (p *process) dial(line string) error {
	parts := strings.Split(strings.TrimSpace(line), "|")
	if len(parts) < 5 || parts[0] != "1" || parts[1] != "1" || parts[4] != "grpc" {
		return fmt.Errorf("the first line on stdout is no handshake 1|1|unix|PATH|grpc: %.200q", line)
	}
	if parts[2] == "unix" && filepath.Dir(parts[3]) != p.sockets {
		return fmt.Errorf("the socket %s is not in the directory of %s", parts[3], pluginv1.SocketDirKey)
	}
	p.handshake = append(parts, "")
	dialled, err := p.redial(p.identity)
	if err != nil {
		return err
	}
	p.connection, p.rpc = dialled.connection, dialled.rpc
	return nil
}

// redial is the same process by another connection, which ends with the kit.
func (p *process) redial(id *identity) (*process, error) {
	target, trust := "passthrough:"+p.handshake[3], insecure.NewCredentials()
	if p.handshake[2] == "unix" {
		target = "unix:" + p.handshake[3]
	}
	if id != nil {
		var err error
		if trust, err = id.trust(p.handshake[5]); err != nil {
			return nil, err
		}
	}
	connection, err := grpc.NewClient(target, grpc.WithTransportCredentials(trust),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(pluginv1.MaxMessage), grpc.MaxCallSendMsgSize(pluginv1.MaxMessage)))
	if err != nil {
		return nil, fmt.Errorf("connect to plugin: %w", err)
	}
	p.opened = append(p.opened, connection)
	return &process{connection: connection, rpc: pluginv1.NewPluginServiceClient(connection), stderr: p.stderr}, nil
}

// shutdown is go-plugin's way to end a plugin.
func (p *process) shutdown(ctx context.Context) error {
	return p.connection.Invoke(ctx, "/plugin.GRPCController/Shutdown", &emptypb.Empty{}, &emptypb.Empty{})
}

// wait is whether the process exits in time.
func (p *process) wait(limit time.Duration) bool {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-p.exited:
		return true
	case <-timer.C:
	}
	select { // both at once
	case <-p.exited:
		return true
	default:
		return false
	}
}

// end ends the process somehow, within seconds, and removes what is left.
func (p *process) end() {
	if p.lifeline != nil {
		_ = p.lifeline.Close()
		p.wait(endTime)
	}
	if !p.wait(0) {
		p.kill()
		<-p.exited
	}
	for _, connection := range p.opened {
		_ = connection.Close()
	}
	_ = os.RemoveAll(p.sockets)
}

// left are the sockets that are still there.
func (p *process) left() (list []string) {
	entries, err := os.ReadDir(p.sockets)
	if err != nil {
		return nil // the plugin has removed the directory too
	}
	for _, e := range entries {
		if e.Type()&os.ModeSocket != 0 {
			list = append(list, e.Name())
		}
	}
	return list
}

// keeper keeps the beginning of a stream, and takes the rest.
type keeper struct {
	mu   sync.Mutex
	data bytes.Buffer
}

// Write never fails.
func (k *keeper) Write(p []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.data.Write(p[:min(len(p), max(mostSaid-k.data.Len(), 0))])
	return len(p), nil
}

// String is what was kept.
func (k *keeper) String() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.data.String()
}

// tail is the end of it, for an error.
func (k *keeper) tail() string {
	said := strings.TrimSpace(k.String())
	if said == "" {
		return ""
	}
	return ": " + said[max(len(said)-500, 0):]
}
