#!/usr/bin/env bash
# go-plugin: Kill takes a call that runs away at once, and gives a plugin two seconds for what comes after Serve; then it is KILLed, without an error.
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
	"time"

	"github.com/hashicorp/go-hclog"
	plugin "github.com/hashicorp/go-plugin"
)

var handshake = plugin.HandshakeConfig{ProtocolVersion: 1, MagicCookieKey: "FINDING", MagicCookieValue: "yes"}

var plugins = map[string]plugin.Plugin{"work": work{}}

type work struct{}

// Worker has one call, of five seconds.
type Worker struct{}

func (*Worker) Do(_ struct{}, _ *struct{}) error {
	say("the call has begun")
	time.Sleep(5 * time.Second)
	say("the call has ended")
	return nil
}

func (work) Server(*plugin.MuxBroker) (any, error)                  { return &Worker{}, nil }
func (work) Client(_ *plugin.MuxBroker, c *rpc.Client) (any, error) { return c, nil }

// say adds a line to a file.
func say(line string) {
	file, err := os.OpenFile("said", os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	defer file.Close()
	fmt.Fprintln(file, line)
}

func main() {
	if os.Getenv("FINDING") == "yes" {
		plugin.Serve(&plugin.ServeConfig{HandshakeConfig: handshake, Plugins: plugins})
		say("the cleanup has begun")
		time.Sleep(5 * time.Second)
		say("the cleanup has ended")
		return
	}
	client := plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig: handshake, Plugins: plugins, Cmd: exec.Command(os.Args[0]), Logger: hclog.NewNullLogger()})
	protocol, err := client.Client()
	if err != nil {
		panic(err)
	}
	raw, err := protocol.Dispense("work")
	if err != nil {
		panic(err)
	}
	call := raw.(*rpc.Client).Go("Plugin.Do", struct{}{}, &struct{}{}, nil)
	time.Sleep(time.Second)
	client.Kill()
	time.Sleep(6 * time.Second)
	<-call.Done
	fmt.Println("the call:", call.Error)
	text, err := os.ReadFile("said")
	if err != nil {
		panic(err)
	}
	fmt.Print(string(text))
}
GO

go_build github.com/hashicorp/go-plugin@v1.8.0 github.com/hashicorp/go-hclog@v1.6.3
guess "Kill \"blocks until the process successfully exits\": it asks the plugin to end, and waits for what that does last"
seen "Kill while a call of five seconds runs, in a plugin that cleans up for five seconds after Serve" 'the call: unexpected EOF
the call has begun
the cleanup has begun' "$(./program)"
matters "a plugin that takes down what it started, or writes its state, in main after Serve or in a deferred function, is cut off in the middle
          as soon as the machine is slow; what has to be done needs a call of its own, which the host waits for before Kill"
