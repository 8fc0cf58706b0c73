#!/usr/bin/env bash
# HAProxy: a second, unrelated process starts on a port that is taken, and each gets a part of the connections.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
debian haproxy=haproxy socat=socat curl=curl
remove() { kill "$(cat pid1)" "$(cat pid2)"; }
port=$((20000 + RANDOM % 20000))

# config STATUS LINE writes a gateway that answers with that status.
config() {
	cat <<CFG
global
  $2
defaults
  mode http
  timeout connect 1s
  timeout client 1s
  timeout server 1s
frontend f
  bind 127.0.0.1:$port
  http-request return status $1
CFG
}
config 200 "" >first.cfg
config 404 "" >second.cfg
config 404 noreuseport >third.cfg

start() { haproxy -D -f "$1" -p "$2" 2>error; echo "exit $?"; }
# answers asks until both have answered, 500 times at most.
answers() {
	for _ in $(seq 500); do
		curl -s -o /dev/null -w '%{http_code}\n' "http://127.0.0.1:$port/" >>codes
		[ "$(sort -u codes | wc -l)" -eq 2 ] && break
	done
	sort -u codes
}

version "$(haproxy -v | head -n 1)"
guess "the second start fails with 'address already in use'"
seen "first start" "exit 0" "$(start first.cfg pid1)"
seen "second start, another file, no -sf" "exit 0" "$(start second.cfg pid2)"
seen "the statuses of requests to one port" $'200\n404' "$(answers)"
seen "a third with noreuseport" "exit 1" "$(start third.cfg pid3 || true)"
matters "a gateway of another checkout, or an old one that was not ended, takes every other connection in silence; a start that
          succeeded says nothing about whose port it is: look for a listener first, or set noreuseport"
