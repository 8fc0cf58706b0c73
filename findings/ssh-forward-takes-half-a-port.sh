#!/usr/bin/env bash
# OpenSSH: `-R PORT:…` onto a port that is taken on 127.0.0.1 succeeds, with ExitOnForwardFailure too, as long as ::1 is free.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
debian socat=socat
remove() { kill "$(cat server.pid)" "${listeners[@]}"; }
listeners=()

# listen PORT TEXT is a service that says TEXT on 127.0.0.1:PORT.
listen() {
	socat "TCP-LISTEN:$1,bind=127.0.0.1,fork,reuseaddr" "SYSTEM:echo $2" &
	listeners+=($!)
	until socat -u "TCP:127.0.0.1:$1" - >/dev/null 2>&1; do sleep 0.1; done
}
# asked ADDRESS prints what answers there.
asked() { socat -u "$1" - 2>&1; }
# forward ADDRESS:PORT… asks both addresses of the server's loopback while the forward of that command stands, and prints the exit code.
forward() {
	ssh -F client -M -S master -f -N -o ExitOnForwardFailure=yes -R "$1:127.0.0.1:$ours" server </dev/null >/dev/null 2>said || code=$?
	echo "exit ${code:-0}" "$(tr -d '\r' <said | sed "s/$taken/TAKEN/")"
	[ -z "${code:-}" ] || return 0
	echo "127.0.0.1: $(asked "TCP4:127.0.0.1:$taken")"
	echo "::1: $(asked "TCP6:[::1]:$taken")"
	ssh -F client -S master -O exit server 2>/dev/null
}

ssh_server
taken=$((port + 1))
ours=$((port + 2))
guess "127.0.0.1:TAKEN is in use on the server, so ssh -o ExitOnForwardFailure=yes -R TAKEN:… fails"
listen "$taken" "another service"
listen "$ours" "our service"
seen "-R TAKEN:127.0.0.1:OURS" $'exit 0 \n127.0.0.1: another service\n::1: our service' "$(forward "$taken")"
seen "-R 127.0.0.1:TAKEN:127.0.0.1:OURS" "exit 255 Error: remote port forwarding failed for listen port TAKEN" "$(forward "127.0.0.1:$taken")"
matters "without an address ssh listens on both loopbacks and is content with one: a registry tunnelled to port 5000 of a server is
          reached by clients of localhost, and whoever says 127.0.0.1:5000 pulls from, or pushes to, what was there before"
