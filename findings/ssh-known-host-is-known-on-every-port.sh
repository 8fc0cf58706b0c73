#!/usr/bin/env bash
# OpenSSH: a known_hosts line without a port holds for a server on any port, under strict checking too; Go's knownhosts and ssh-keygen -F do not find it.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
remove() { kill "$(cat server.pid)"; }

cat >main.go <<'GO'
package main

import (
	"errors"
	"fmt"
	"net"
	"os"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// It checks the key of the file key.pub for the address of its argument.
func main() {
	check, err := knownhosts.New("known")
	if err != nil {
		panic(err)
	}
	text, err := os.ReadFile("key.pub")
	if err != nil {
		panic(err)
	}
	key, _, _, _, err := ssh.ParseAuthorizedKey(text)
	if err != nil {
		panic(err)
	}
	remote, err := net.ResolveTCPAddr("tcp", os.Args[1])
	if err != nil {
		panic(err)
	}
	err = check(os.Args[1], remote, key)
	var unknown *knownhosts.KeyError
	if errors.As(err, &unknown) {
		fmt.Println("unknown, keys of the host:", len(unknown.Want))
		return
	}
	fmt.Println("known", err)
}
GO
go_build golang.org/x/crypto@v0.45.0
ssh_server
# strict prints what ssh makes of the server, which is not on port 22.
strict() { if ssh -F client -o StrictHostKeyChecking=yes server true 2>said; then echo known; else grep -o 'No ED25519 host key is known' said; fi; }
# found NAME prints whether ssh-keygen finds the name.
found() { if ssh-keygen -F "$1" -f known >/dev/null; then echo found; else echo 'not found'; fi; }

guess "a line of 127.0.0.1 is one of port 22, and [127.0.0.1]:PORT is how another is known, to all that read the file"
echo "127.0.0.1 $(cat key.pub)" >known
seen "a line of 127.0.0.1, ssh to another port" known "$(strict)"
seen "the same: Go's knownhosts, ssh-keygen -F '[127.0.0.1]:PORT'" $'unknown, keys of the host: 0\nnot found' "$(./program "127.0.0.1:$port"; found "[127.0.0.1]:$port")"
echo "[127.0.0.1]:$((port + 1)) $(cat key.pub)" >known
seen "a line of a third port, ssh" 'No ED25519 host key is known' "$(strict)"
echo "[127.0.0.1]:$port $(cat key.pub)" >known
seen "a line of [127.0.0.1]:PORT: ssh, Go, ssh-keygen -F '[127.0.0.1]:PORT', -F 127.0.0.1" $'known\nknown <nil>\nfound\nnot found' "$(strict
	./program "127.0.0.1:$port"
	found "[127.0.0.1]:$port"
	found 127.0.0.1)"
matters "a deployment in Go refuses a server that everybody's ssh goes to without a question, or the other way round a check of the file says that a
          server is not known yet, and ssh does not ask; ssh-keygen -R HOST leaves the line of the port"
