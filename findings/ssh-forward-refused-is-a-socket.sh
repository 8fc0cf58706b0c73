#!/usr/bin/env bash
# OpenSSH: where the server forwards nothing, `ssh -O forward -L` succeeds and the socket listens; only -R is refused.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
remove() {
	ssh -F client -S master -O exit server 2>/dev/null
	kill "$(cat server.pid)"
}

ssh_server
kill "$(cat server.pid)"
while (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do sleep 0.1; done
echo 'AllowTcpForwarding no' >>sshd_config
"$(command -v sshd)" -f sshd_config -E server.log
until (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do sleep 0.1; done
ssh -F client -M -S master -o ExitOnForwardFailure=yes -f -N server </dev/null >/dev/null 2>&1

# control ARGUMENT… asks the master, and prints its exit code and what it says.
control() {
	local code=0
	ssh -F client -S master -O forward "$@" server >said 2>&1 || code=$?
	echo "exit $code [$(tr -d '\r' <said | tail -n 1)]"
}

guess "with AllowTcpForwarding no each forward is refused when it is asked for, as ExitOnForwardFailure wants"
seen "-R" "exit 255 [muxclient: master forward request failed]" "$(control -R 0:127.0.0.1:1)"
seen "-L to a Unix socket of the server" "exit 0 []" "$(control -L "$dir/local:$dir/there")"
seen "its socket" "there" "$([ -S local ] && echo there || echo none)"
debian python3=python3-minimal
seen "who connects" "connected, then the end" "$(python3 -c '
import socket
s = socket.socket(socket.AF_UNIX)
s.connect("local")
print("connected,", "then the end" if s.recv(1) == b"" else "and an answer")')"
matters "what is given the socket, such as a client of the Docker engine, reports a server that hangs up; that sshd forbids it is
          said nowhere on the client: a forward has to be tried before it is believed"
