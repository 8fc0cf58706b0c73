package sdk

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// endTime is how long calls may clean up when the plugin is told to end, and
// lostTime when its host is gone.
const (
	endTime  = 500 * time.Millisecond
	lostTime = 40 * time.Millisecond
)

// Serve is a plugin's main: it speaks to the host until that is done, and ends
// when the host is gone. Started by hand it says what the file is and exits
// with 2; with the one argument "describe" it prints the manifest as JSON.
func Serve(p Plugin) {
	own := ownProcess()
	switch {
	case len(own.args) == 2 && own.args[1] == "describe":
		if err := describe(own.stdout, p); err != nil {
			own.explainError(err)
		}
	case own.getenv(pluginv1.CookieKey) != pluginv1.CookieValue:
		own.explain(own.stderr, p.Name)
		own.exit(exitUsage)
	default:
		own.serve(p)
	}
}

// describe writes the answer of Describe. protojson puts spaces at random, so
// its text is laid out again.
func describe(w io.Writer, p Plugin) error {
	data, err := protojson.Marshal(&pluginv1.DescribeResponse{Manifest: ToManifest(p)})
	if err != nil {
		return fmt.Errorf("describe plugin %q: %w", p.Name, err)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, data, "", "  "); err != nil {
		return fmt.Errorf("describe plugin %q: %w", p.Name, err)
	}
	out.WriteByte('\n')
	_, err = out.WriteTo(w)
	return err
}

func (p process) explainError(err error) {
	_, _ = fmt.Fprintln(p.stderr, err)
	p.exit(exitFailed)
}

func (p process) serve(what Plugin) {
	logger := newLogger(p.stderr, what.Name)
	p.logTo(logger)
	s := newServer(what, logger)
	go p.endWithHost(s)
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: plugin.HandshakeConfig{
			ProtocolVersion: pluginv1.ProtocolVersion, MagicCookieKey: pluginv1.CookieKey, MagicCookieValue: pluginv1.CookieValue,
		},
		TLSProvider: identity(p.getenv(pluginv1.IdentityKey), p.getenv("PLUGIN_CLIENT_CERT")),
		Plugins:     plugin.PluginSet{pluginv1.SetName: registered{server: s}},
		GRPCServer:  grpcServer(p.redirect()),
		Logger: hclog.New(&hclog.LoggerOptions{
			Name: what.Name, Level: hclog.Info, Output: p.stderr, JSONFormat: true,
		}),
	})
	// go-plugin has cut the connections; their calls may still clean up.
	s.calls.cancel("", endTime)
}

// grpcServer raises gRPC's limit of 4 MiB, and calls first before any call.
func grpcServer(first func()) func([]grpc.ServerOption) *grpc.Server {
	return func(options []grpc.ServerOption) *grpc.Server {
		return grpc.NewServer(append(options,
			grpc.MaxRecvMsgSize(pluginv1.MaxMessage), grpc.MaxSendMsgSize(pluginv1.MaxMessage),
			grpc.ChainUnaryInterceptor(func(ctx context.Context, r any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
				first()
				return next(ctx, r)
			}),
			grpc.ChainStreamInterceptor(func(s any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) error {
				first()
				return next(s, stream)
			}),
		)...)
	}
}

// endWithHost ends the process when the host's end of the lifeline closes, or
// at SIGTERM: calls are cancelled and the socket is removed.
func (p process) endWithHost(s *server) {
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM)
	// A write to a host that is gone must not kill the plugin before it has
	// removed its socket.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	grace := endTime
	select {
	case <-ended:
	case <-lifeline(p.getenv(pluginv1.LifelineKey)):
		grace = lostTime
	}
	s.calls.cancel("", grace)
	removeSockets(p.getenv(pluginv1.SocketDirKey))
	p.exit(0)
}

// registered is the server as go-plugin wants it.
type registered struct {
	plugin.NetRPCUnsupportedPlugin
	server *server
}

// GRPCServer registers the service.
func (r registered) GRPCServer(_ *plugin.GRPCBroker, to *grpc.Server) error {
	pluginv1.RegisterPluginServiceServer(to, r.server)
	return nil
}

// GRPCClient is the host's side, which this package has no use for.
func (r registered) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, _ *grpc.ClientConn) (any, error) {
	return nil, fmt.Errorf("plugin %q: the SDK is no host", r.server.plugin.Name)
}
