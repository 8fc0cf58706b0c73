#!/usr/bin/env bash
# OpenSSH: -O cancel and -O exit leave the Unix socket of a forward behind; the same forward is then refused, and -o StreamLocalBindUnlink=yes beside it is ignored.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
remove() {
	ssh -F client -S master -O exit server 2>/dev/null
	kill "$(cat server.pid)"
}

# control COMMAND OPTION… prints the exit code, and whether the socket's file is there.
control() {
	local code=0
	ssh -F client -S master -O "$@" server >/dev/null 2>&1 || code=$?
	echo "exit $code, $(if [ -S socket ]; then echo file; else echo 'no file'; fi)"
}
master() { ssh -F client -M -S master -f -N "$@" server </dev/null >/dev/null 2>&1; }

ssh_server
guess "whoever ends a forward removes its socket, as ssh removes the control socket; -o StreamLocalBindUnlink=yes helps where it is said"
forward=(-L "$dir/socket:127.0.0.1:9")
master
seen "-O forward -L SOCKET:…" "exit 0, file" "$(control forward "${forward[@]}")"
seen "-O cancel" "exit 0, file" "$(control cancel "${forward[@]}")"
seen "-O forward again" "exit 255, file" "$(control forward "${forward[@]}")"
seen "-O forward -o StreamLocalBindUnlink=yes" "exit 255, file" "$(control forward -o StreamLocalBindUnlink=yes "${forward[@]}")"
rm socket
seen "-O forward after rm" "exit 0, file" "$(control forward "${forward[@]}")"
seen "-O exit" "exit 0, file" "$(control exit)"
until ! ssh -F client -S master -O check server 2>/dev/null; do sleep 0.1; done
seen "the files of both sockets" "socket" "$(find . -type s -printf '%f\n')"
master -o StreamLocalBindUnlink=yes
seen "-O forward, by a master with StreamLocalBindUnlink=yes" "exit 0, file" "$(control forward "${forward[@]}")"
matters "the second deployment of a program that forwards docker.sock to a path of its own fails, or finds a socket that answers
          nobody; the path is to be new each time and removed by who chose it, or the master is started with the option"
