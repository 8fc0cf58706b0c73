package process

import (
	"context"
	"errors"
	"os/exec" //nolint:depguard // go-plugin's RunnerFunc hands over its variables in an exec.Cmd
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"
	"google.golang.org/grpc"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// newClient is go-plugin's client of the child; ctx bounds the start of the
// executable. It is used once, as its configuration can be.
func (p *Process) newClient(ctx context.Context) *plugin.Client {
	limits := grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(pluginv1.MaxMessage), grpc.MaxCallSendMsgSize(pluginv1.MaxMessage))
	return plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig: plugin.HandshakeConfig{
			ProtocolVersion:  pluginv1.ProtocolVersion,
			MagicCookieKey:   pluginv1.CookieKey,
			MagicCookieValue: pluginv1.CookieValue,
		},
		Plugins:          plugin.PluginSet{pluginv1.SetName: service{}},
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		SkipHostEnv:      true,
		StartTimeout:     p.spec.StartTimeout + time.Second, // ours, the context's, comes first
		TLSConfig:        p.child.tls.config(),
		GRPCDialOptions:  []grpc.DialOption{limits},
		UnixSocketConfig: &plugin.UnixSocketConfig{TempDir: p.child.dir.path},
		Logger:           hclog.NewNullLogger(), // the child reads the log itself: bounded, and with its levels
		SyncStdout:       p.child.output.lines("debug"),
		SyncStderr:       p.child.output.lines("info"),
		RunnerFunc: func(_ hclog.Logger, cmd *exec.Cmd, _ string) (runner.Runner, error) {
			p.child.handshake = cmd.Env
			return &supervised{child: p.child, start: ctx, started: func() { p.phase.Store("handshake") }}, nil
		},
	})
}

// connect starts the child, reads its handshake and opens the connection.
func (p *Process) connect() error {
	if _, err := p.client.Start(); err != nil {
		return err
	}
	p.phase.Store("connect")
	client, err := p.client.Client()
	if err != nil {
		return err
	}
	raw, err := client.Dispense(pluginv1.SetName)
	if err != nil {
		return err
	}
	conn, ok := raw.(*grpc.ClientConn)
	if !ok {
		return errors.New("go-plugin gave no connection")
	}
	p.conn, p.rpc = conn, pluginv1.NewPluginServiceClient(conn)
	return nil
}

// service is the host's side of the plugin set: it dispenses the connection.
type service struct{ plugin.NetRPCUnsupportedPlugin }

// GRPCServer is the plugin's side, which the host has none of.
func (service) GRPCServer(*plugin.GRPCBroker, *grpc.Server) error {
	return errors.New("the host serves no plugin")
}

// GRPCClient gives the connection itself.
func (service) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return conn, nil
}
