#!/usr/bin/env bash
# OpenSSH: `ssh -O cancel` that cancelled nothing exits with 0, and the port that `-R 0:…` was given is no way to cancel it.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
remove() {
	ssh -F client -S master -O exit server 2>/dev/null
	kill "$(cat server.pid)"
}

ssh_server
# control ARGUMENT… asks the master, and prints its exit code and the end of what it says.
control() {
	local code=0
	ssh -F client -S master -O "$@" server >said 2>&1 || code=$?
	echo "exit $code" "$(tail -n 1 said | tr -d '\r')"
}
# listens says whether the server still has the forwarded port.
listens() { if (: <"/dev/tcp/127.0.0.1/$given") 2>/dev/null; then echo listens; else echo closed; fi; }

ssh -F client -M -S master -f -N server </dev/null >/dev/null 2>&1
guess "-O forward -R 0:… prints the port, -O cancel with that port ends it, and either fails with another exit code than 0"
given=$(ssh -F client -S master -O forward -R 127.0.0.1:0:127.0.0.1:9 server)
seen "the port of -O forward -R 127.0.0.1:0:…" listens "$(listens)"
seen "-O cancel -R 127.0.0.1:GIVEN:…" $'exit 0 muxclient: master cancel forward request failed\nlistens' \
	"$(control cancel -R "127.0.0.1:$given:127.0.0.1:9" && listens)"
seen "-O cancel -L of what was never forwarded" "exit 0 muxclient: master cancel forward request failed" \
	"$(control cancel -L "$given:127.0.0.1:9")"
seen "-O forward -L that fails" "exit 255 muxclient: master forward request failed" "$(control forward -L "127.0.0.1:$port:127.0.0.1:9")"
seen "-O cancel -R 127.0.0.1:0:…" $'exit 0 \nclosed' "$(control cancel -R 127.0.0.1:0:127.0.0.1:9 && listens)"
matters "a program that closes its tunnel by the port it was told leaves it open on the server, and its exit code says it is closed;
          the words of the forward have to be kept and said again, and what is on stderr decides"
