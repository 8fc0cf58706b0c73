#!/usr/bin/env bash
# go-plugin: over gRPC a plugin may answer with 50 MB, and is itself sent no more than 4 MiB: DefaultGRPCServer has gRPC's limit, the client none.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

cat >main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/hashicorp/go-hclog"
	plugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

var handshake = plugin.HandshakeConfig{ProtocolVersion: 1, MagicCookieKey: "FINDING", MagicCookieValue: "yes"}

type kind struct{ plugin.NetRPCUnsupportedPlugin }

// method is a unary call of the service "finding".
func method[T proto.Message](name string, in func() T, answer func(T) any) grpc.MethodDesc {
	return grpc.MethodDesc{MethodName: name, Handler: func(_ any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
		request := in()
		if err := decode(request); err != nil {
			return nil, err
		}
		return answer(request), nil
	}}
}

func (kind) GRPCServer(_ *plugin.GRPCBroker, server *grpc.Server) error {
	server.RegisterService(&grpc.ServiceDesc{ServiceName: "finding", HandlerType: (*any)(nil), Methods: []grpc.MethodDesc{
		method("Take", func() *wrapperspb.StringValue { return &wrapperspb.StringValue{} },
			func(text *wrapperspb.StringValue) any { return wrapperspb.Int64(int64(len(text.Value))) }),
		method("Give", func() *wrapperspb.Int64Value { return &wrapperspb.Int64Value{} },
			func(size *wrapperspb.Int64Value) any { return wrapperspb.String(strings.Repeat("x", int(size.Value))) }),
	}}, nil)
	return nil
}

func (kind) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return conn, nil
}

func main() {
	kinds := plugin.PluginSet{"kind": kind{}}
	if os.Getenv("FINDING") == "yes" {
		plugin.Serve(&plugin.ServeConfig{HandshakeConfig: handshake, Plugins: kinds, GRPCServer: plugin.DefaultGRPCServer})
		return
	}
	client := plugin.NewClient(&plugin.ClientConfig{HandshakeConfig: handshake, Plugins: kinds, Cmd: exec.Command(os.Args[0]),
		Logger: hclog.NewNullLogger(), AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC}})
	defer client.Kill()
	protocol, err := client.Client()
	if err != nil {
		panic(err)
	}
	raw, err := protocol.Dispense("kind")
	if err != nil {
		panic(err)
	}
	conn := raw.(*grpc.ClientConn)
	for _, size := range []int64{3 << 20, 5 << 20, 50 << 20} {
		text, length := &wrapperspb.StringValue{}, &wrapperspb.Int64Value{}
		err := conn.Invoke(context.Background(), "/finding/Give", wrapperspb.Int64(size), text)
		fmt.Println("an answer of", size>>20, "MiB:", int64(len(text.Value)) == size, err)
		err = conn.Invoke(context.Background(), "/finding/Take", wrapperspb.String(strings.Repeat("x", int(size))), length)
		fmt.Println("a request of", size>>20, "MiB:", length.Value == size, err)
	}
}
GO

go_build github.com/hashicorp/go-plugin@v1.8.0 github.com/hashicorp/go-hclog@v1.6.3 google.golang.org/grpc@v1.85.0 google.golang.org/protobuf@v1.36.12
guess "both ways have one limit: gRPC's 4 MiB, or none, as the host sets MaxCallSendMsgSize and MaxCallRecvMsgSize to 2 GiB"
seen "what arrives whole" 'an answer of 3 MiB: true <nil>
a request of 3 MiB: true <nil>
an answer of 5 MiB: true <nil>
a request of 5 MiB: false rpc error: code = ResourceExhausted desc = grpc: received message larger than max (5242885 vs. 4194304)
an answer of 50 MiB: true <nil>
a request of 50 MiB: false rpc error: code = ResourceExhausted desc = grpc: received message larger than max (52428805 vs. 4194304)' "$(./program)"
matters "a host that reads a large model from one plugin cannot hand it on to the next; the limit is the plugin's to lift, by a GRPCServer of
          its own with grpc.MaxRecvMsgSize, and no setting of the host helps with plugins that are built already"
