#!/usr/bin/env bash
# go-plugin: a JSON log line whose time has not exactly six decimals arrives as one DEBUG text, whatever its level.
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

var plugins = map[string]plugin.Plugin{"work": work{}}

type work struct{}

func (work) Server(*plugin.MuxBroker) (any, error)                   { return struct{}{}, nil }
func (work) Client(_ *plugin.MuxBroker, c *rpc.Client) (any, error) { return c, nil }

func main() {
	if os.Getenv("FINDING") == "yes" {
		for _, time := range []string{"00.123456Z", "00.123456+02:00", "00Z", "00.123Z", "00.123456789Z"} {
			fmt.Fprintf(os.Stderr, `{"@level":"error","@message":"disk full","@timestamp":"2026-11-30T10:00:%s","id":9007199254740993}`+"\n", time)
		}
		plugin.Serve(&plugin.ServeConfig{HandshakeConfig: handshake, Plugins: plugins})
		return
	}
	host := hclog.New(&hclog.LoggerOptions{Level: hclog.Debug, Output: os.Stdout, DisableTime: true})
	client := plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig: handshake, Plugins: plugins, Cmd: exec.Command(os.Args[0]), Logger: host})
	if _, err := client.Client(); err != nil {
		panic(err)
	}
	client.Kill() // waits for the end of the plugin and of its log
}
GO

go_build github.com/hashicorp/go-plugin@v1.8.0 github.com/hashicorp/go-hclog@v1.6.3
guess "five times [ERROR] disk full with its id: all five times are RFC 3339"
seen "the host's log, the first words of each line" '[ERROR] program: disk full: id="9.007199254740992e+15"
[ERROR] program: disk full: id="9.007199254740992e+15"
[DEBUG] program: {"@level":"error","@message":"disk full"
[DEBUG] program: {"@level":"error","@message":"disk full"
[DEBUG] program: {"@level":"error","@message":"disk full"' \
	"$(./program | grep 'disk full' | sed -E 's/,"@timestamp.*//; s/ timestamp=[^ ]*//')"
matters "a plugin in another language, or with another logger, that writes go-plugin's fields and a usual time has its errors hidden
          by the host's default level; ids beyond 2^53 are others in the log"
