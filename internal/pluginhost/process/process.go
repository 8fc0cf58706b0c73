// Package process starts, calls and ends one plugin process: nothing in it
// waits without a bound, and nothing of it outlives the host. It imports the
// contract (plugins/sdk/pluginv1), go-plugin and gRPC, and nothing else of
// Spellbook.
//
// A plugin process finds
//   - standard input empty, and nothing of the host's environment,
//   - SPELLBOOK_PLUGIN, PLUGIN_PROTOCOL_VERSIONS and the other variables of
//     go-plugin's handshake,
//   - PLUGIN_UNIX_SOCKET_DIR, a private directory with a short path,
//   - SPELLBOOK_LIFELINE=3 (Unix), a descriptor that reads end of file when the
//     host is gone; a watchdog kills what has not ended by then,
//   - with MTLS, PLUGIN_CLIENT_CERT as AutoMTLS has it, and SPELLBOOK_TLS=4
//     (Unix), a descriptor with a certificate and its P-256 key in PEM. A plugin
//     that serves with them (ServeConfig.TLSProvider) spares itself the making of
//     AutoMTLS's P-521 pair; one that does not know them answers as go-plugin
//     always does.
package process

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// reapTime is what the kernel of a busy machine gets to end a group after SIGKILL.
const reapTime = 10 * time.Second

// Process is a running plugin. Its methods may be called from several
// goroutines; each fails with an *Error.
type Process struct {
	spec   Spec
	child  *child
	client *plugin.Client
	conn   *grpc.ClientConn
	rpc    pluginv1.PluginServiceClient
	phase  atomic.Value // string: how far Start has come

	life context.Context    // ends when Close begins
	end  context.CancelFunc // begins it
	once sync.Once
	left error // what Close could not end

	mu      sync.Mutex
	streams int           // running ones
	idle    chan struct{} // closed when Close has begun and the last stream has ended
}

// Start runs the plugin and connects to it, within StartTimeout or until ctx
// ends; what it started is gone when it fails. The process lives until Close,
// ctx or not.
func Start(ctx context.Context, spec Spec) (*Process, error) {
	spec = spec.withDefaults()
	ctx, cancel := context.WithTimeout(ctx, spec.StartTimeout)
	defer cancel()
	p := &Process{spec: spec, idle: make(chan struct{})}
	p.life, p.end = context.WithCancel(context.Background())
	p.phase.Store("start")
	child, err := newChild(spec)
	if err != nil {
		return nil, p.newError("start", StartFailed, err.Error())
	}
	p.child = child
	if err := p.connectWithin(ctx); err != nil {
		child.kill() // nothing to ask it for
		_ = p.Close()
		return nil, err
	}
	return p, nil
}

// connectWithin runs connect until ctx ends: go-plugin's Start and Client know no
// context, and hold a lock that its Kill waits for. Ending the process is what
// makes them return.
func (p *Process) connectWithin(ctx context.Context) error {
	p.client = p.newClient(ctx)
	connected := make(chan error, 1)
	go func() { connected <- p.connect() }()
	select {
	case err := <-connected:
		if err == nil {
			return nil
		}
		return p.startFailure(ctx, err)
	case <-ctx.Done():
		return p.startFailure(ctx, ctx.Err())
	}
}

// Done is closed when the process has ended, by itself or by Close. A Process
// that is done is not started again: Start another.
func (p *Process) Done() <-chan struct{} { return p.child.done }

// Err is why the process ended by itself, or was ended for what it did, an
// *Error of phase "run"; nil while all is well, and after Close.
func (p *Process) Err() error {
	if reason := p.child.output.reason(); reason != nil {
		return p.because("run", reason)
	}
	return nil
}

// Close ends the process, its group and its sockets: running streams are
// cancelled and get KillGrace, the process is asked to end and gets KillGrace,
// then the group is killed and gets 10 s. It may be called twice.
func (p *Process) Close() error {
	p.once.Do(p.close)
	return p.left
}

func (p *Process) close() {
	p.beginClose()
	p.await(p.idle, p.spec.KillGrace)
	p.child.output.conclude(&verdict{}) // that it ends from here on is no crash
	asked := make(chan struct{})
	go func() { p.client.Kill(); close(asked) }() // it blocks for ever on a stopped plugin
	p.await(asked, p.spec.KillGrace)
	p.child.kill()
	go p.child.releaseUnstarted() // which waits for an exec that hangs
	if !within(p.child.done, reapTime) {
		p.left = p.newError("close", StillRunning, "the process did not end after SIGKILL")
		return
	}
	within(asked, reapTime) // go-plugin's goroutines end with the process
}

func (p *Process) beginClose() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.end()
	if p.streams == 0 {
		close(p.idle)
	}
}

// await waits for c, for the end of the process or for d.
func (p *Process) await(c <-chan struct{}, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-c:
	case <-p.child.done:
	case <-timer.C:
	}
}

func within(c <-chan struct{}, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-c:
		return true
	case <-timer.C:
		return false
	}
}
