// Command raw is a plugin of the tests that says what no SDK would let it say.
package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

type server struct {
	plugin.NetRPCUnsupportedPlugin
	pluginv1.UnimplementedPluginServiceServer
}

func (s server) GRPCServer(_ *plugin.GRPCBroker, g *grpc.Server) error {
	pluginv1.RegisterPluginServiceServer(g, s)
	return nil
}

func (server) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, nil
}

func (server) Describe(context.Context, *pluginv1.DescribeRequest) (*pluginv1.DescribeResponse, error) {
	m := &pluginv1.Manifest{
		Name: "raw", Version: "1.0.0", Api: &pluginv1.ApiRange{Min: 1, Max: 1},
		Services: []*pluginv1.Service{{Name: "raw"}},
	}
	switch variant {
	case "later":
		m.Api = &pluginv1.ApiRange{Min: 2, Max: 3}
	case "escape":
		m.Summary = "nice \x1b[2J\x1b]0;owned\x07"
	case "huge":
		m.Docs = strings.Repeat("x", 10<<20)
	case "other":
		m.Name = "kafka"
	case "mute":
		return nil, fmt.Errorf("no manifest today")
	case "dead":
		fmt.Fprintln(os.Stderr, "something \x1b[31mred\x1b[0m went wrong")
		os.Exit(9)
	}
	return &pluginv1.DescribeResponse{Manifest: m}, nil
}

func main() {
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: plugin.HandshakeConfig{
			ProtocolVersion: pluginv1.ProtocolVersion, MagicCookieKey: pluginv1.CookieKey, MagicCookieValue: pluginv1.CookieValue,
		},
		Plugins:    plugin.PluginSet{pluginv1.SetName: server{}},
		GRPCServer: plugin.DefaultGRPCServer,
	})
}
