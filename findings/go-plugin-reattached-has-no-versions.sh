#!/usr/bin/env bash
# go-plugin: a client that attaches again to a plugin knows none of its VersionedPlugins, with the version given too.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

cat >main.go <<'GO'
package main

import (
	"fmt"
	"net/rpc"
	"os"
	"os/exec"

	"github.com/hashicorp/go-hclog"
	plugin "github.com/hashicorp/go-plugin"
)

var handshake = plugin.HandshakeConfig{ProtocolVersion: 1, MagicCookieKey: "FINDING", MagicCookieValue: "yes"}

type kind struct{}

func (kind) Server(*plugin.MuxBroker) (any, error)                  { return &struct{}{}, nil }
func (kind) Client(_ *plugin.MuxBroker, c *rpc.Client) (any, error) { return c, nil }

// try dispenses of a client and says how it went.
func try(what string, client *plugin.Client) {
	protocol, err := client.Client()
	if err != nil {
		panic(err)
	}
	_, err = protocol.Dispense("kind")
	fmt.Printf("%s: version %d, Ping %v, Dispense %v\n", what, client.NegotiatedVersion(), protocol.Ping(), err)
}

func main() {
	if os.Getenv("FINDING") == "yes" {
		plugin.Serve(&plugin.ServeConfig{HandshakeConfig: handshake, VersionedPlugins: map[int]plugin.PluginSet{3: {"kind": kind{}}}})
		return
	}
	config := func() *plugin.ClientConfig {
		return &plugin.ClientConfig{HandshakeConfig: handshake, Logger: hclog.NewNullLogger(),
			VersionedPlugins: map[int]plugin.PluginSet{2: {"kind": kind{}}, 3: {"kind": kind{}}}}
	}
	first := config()
	first.Cmd = exec.Command(os.Args[0])
	started := plugin.NewClient(first)
	defer started.Kill()
	try("started", started)

	again := config()
	again.Reattach = started.ReattachConfig()
	try("attached again", plugin.NewClient(again))
	again = config()
	again.Reattach = started.ReattachConfig()
	again.Reattach.ProtocolVersion = started.NegotiatedVersion()
	try("attached again, ProtocolVersion 3", plugin.NewClient(again))
	again = config()
	again.Reattach = started.ReattachConfig()
	again.Plugins = again.VersionedPlugins[started.NegotiatedVersion()]
	try("attached again, Plugins of version 3", plugin.NewClient(again))
}
GO

go_build github.com/hashicorp/go-plugin@v1.8.0 github.com/hashicorp/go-hclog@v1.6.3
guess "ReattachConfig has the version that was agreed on, which it has a field for; a client with the same VersionedPlugins takes that set"
seen "one plugin of version 3, and clients of versions 2 and 3" 'started: version 3, Ping <nil>, Dispense <nil>
attached again: version 0, Ping <nil>, Dispense unknown plugin type: kind
attached again, ProtocolVersion 3: version 0, Ping <nil>, Dispense unknown plugin type: kind
attached again, Plugins of version 3: version 0, Ping <nil>, Dispense <nil>' "$(./program)"
matters "a host that keeps a plugin running between two commands connects, pings it and finds it without plugins; it has to store the
          negotiated version beside the ReattachConfig, and set Plugins to the set of that version"
