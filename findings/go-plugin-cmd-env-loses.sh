#!/usr/bin/env bash
# go-plugin: the host's variables come after Cmd.Env and win over it, and the plugin reads the host's standard input.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
cat >main.go <<'GO'
package main

import (
	"bufio"
	"fmt"
	"io"
	"net/rpc"
	"os"
	"os/exec"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
)

var handshake = plugin.HandshakeConfig{ProtocolVersion: 1, MagicCookieKey: "FINDING_PLUGIN", MagicCookieValue: "yes"}

type kind struct{}

func (kind) Server(*plugin.MuxBroker) (any, error)                   { return &served{}, nil }
func (kind) Client(_ *plugin.MuxBroker, c *rpc.Client) (any, error) { return c, nil }

type served struct{}

func (*served) Getenv(name string, out *string) error {
	*out = os.Getenv(name)
	return nil
}

func (*served) ReadLine(_ string, out *string) (err error) {
	*out, err = bufio.NewReader(os.Stdin).ReadString('\n')
	return err
}

func main() {
	kinds := map[string]plugin.Plugin{"kind": kind{}}
	if os.Getenv("FINDING_PLUGIN") != "" {
		plugin.Serve(&plugin.ServeConfig{HandshakeConfig: handshake, Plugins: kinds})
		return
	}
	for _, skip := range []bool{false, true} {
		cmd := exec.Command(os.Args[0])
		cmd.Env = []string{"LEVEL=of Cmd.Env"}
		client := plugin.NewClient(&plugin.ClientConfig{
			HandshakeConfig: handshake, Plugins: kinds, Cmd: cmd, SkipHostEnv: skip, Logger: hclog.NewNullLogger(),
		})
		protocol, err := client.Client()
		if err != nil {
			panic(err)
		}
		it, err := protocol.Dispense("kind")
		if err != nil {
			panic(err)
		}
		call := func(method, argument string) {
			var out string
			err := it.(*rpc.Client).Call("Plugin."+method, argument, &out)
			fmt.Printf("SkipHostEnv %v, %s(%s): %q %v\n", skip, method, argument, out, err)
		}
		call("Getenv", "LEVEL")
		call("Getenv", "TOKEN")
		if !skip {
			call("ReadLine", "")
		}
		client.Kill()
	}
	rest, _ := io.ReadAll(os.Stdin)
	fmt.Printf("what the host reads: %q\n", rest)
}
GO

go_build github.com/hashicorp/go-plugin@v1.8.0 github.com/hashicorp/go-hclog@v1.6.3
guess "a plugin has the variables of Cmd.Env and no others, and without Cmd.Stdin the null device, as os/exec says of both"
seen "Cmd.Env of LEVEL alone, where the host has LEVEL and TOKEN, and two lines on its standard input" 'SkipHostEnv false, Getenv(LEVEL): "of the host" <nil>
SkipHostEnv false, Getenv(TOKEN): "of the host" <nil>
SkipHostEnv false, ReadLine(): "one\n" <nil>
SkipHostEnv true, Getenv(LEVEL): "of Cmd.Env" <nil>
SkipHostEnv true, Getenv(TOKEN): "" <nil>
what the host reads: ""' "$(printf 'one\ntwo\n' | LEVEL='of the host' TOKEN='of the host' ./program)"
matters "a plugin gets the tokens that its host was to keep, and not the level it was given; one that looks at its input takes what a user typed
          or piped for the host. SkipHostEnv keeps the variables; the input only a runner of one's own does"
