#!/usr/bin/env bash
# go-plugin: what a plugin writes to os.Stderr while it serves is thrown away; the same before Serve is in the host's log.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

cat >main.go <<'GO'
package main

import (
	"fmt"
	"log"
	"net/rpc"
	"os"
	"os/exec"

	"github.com/hashicorp/go-hclog"
	plugin "github.com/hashicorp/go-plugin"
)

var handshake = plugin.HandshakeConfig{ProtocolVersion: 1, MagicCookieKey: "FINDING", MagicCookieValue: "yes"}

var plugins = map[string]plugin.Plugin{"work": work{}}

type work struct{}

// Worker's Do is one call of the host, which writes in three ways.
type Worker struct{ before *log.Logger }

var early = log.New(os.Stderr, "", 0) // made before Serve, as a package's logger is

func (w *Worker) Do(_ struct{}, _ *struct{}) error {
	fmt.Fprintln(os.Stderr, "[ERROR] os.Stderr in a call")
	log.Print("[ERROR] log.Print in a call")
	w.before.Print("[ERROR] a logger made before Serve, in a call")
	return nil
}

func (work) Server(*plugin.MuxBroker) (any, error)                   { return &Worker{early}, nil }
func (work) Client(_ *plugin.MuxBroker, c *rpc.Client) (any, error) { return c, nil }

func main() {
	if os.Getenv("FINDING") == "yes" {
		log.SetFlags(0)
		fmt.Fprintln(os.Stderr, "[ERROR] os.Stderr before Serve")
		plugin.Serve(&plugin.ServeConfig{HandshakeConfig: handshake, Plugins: plugins})
		return
	}
	host := hclog.New(&hclog.LoggerOptions{Level: hclog.Error, Output: os.Stdout, DisableTime: true})
	client := plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig: handshake, Plugins: plugins, Cmd: exec.Command(os.Args[0]), Logger: host})
	protocol, err := client.Client()
	if err != nil {
		panic(err)
	}
	raw, err := protocol.Dispense("work")
	if err != nil {
		panic(err)
	}
	if err := raw.(*rpc.Client).Call("Plugin.Do", struct{}{}, &struct{}{}); err != nil {
		panic(err)
	}
	client.Kill() // waits for the end of the plugin and of its log
}
GO

go_build github.com/hashicorp/go-plugin@v1.8.0 github.com/hashicorp/go-hclog@v1.6.3
guess "stderr is the log of a plugin: all four lines are in the host's log"
seen "the host's log" "os.Stderr before Serve
log.Print in a call
a logger made before Serve, in a call" "$(./program | grep -oE 'os.Stderr .*|log.Print .*|a logger .*')"
matters "Serve replaces os.Stderr by a pipe to the host's SyncStderr, which is io.Discard by default: the error that a plugin's
          author prints while he looks for a fault is the one that never shows, a library's logger made earlier does"
