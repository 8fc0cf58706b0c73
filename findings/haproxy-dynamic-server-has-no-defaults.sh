#!/usr/bin/env bash
# HAProxy: a server added at run time has nothing of default-server, and its `check` checks nothing.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
debian haproxy=haproxy socat=socat
remove() { kill "$(cat pid)"; }

cat >haproxy.cfg <<CFG
global
  stats socket $dir/api level admin
defaults
  mode http
  timeout connect 1s
  timeout client 1s
  timeout server 1s
backend app
  balance roundrobin
  default-server check inter 50 fall 1 weight 50
  server written 127.0.0.1:1
CFG
api() { echo "$*" | socat -t5 - "UNIX:$dir/api"; }
# server NAME prints status, weight and the kind of the last check.
server() { api show stat | awk -F, -v s="$1" '$1 == "app" && $2 == s { print $18, "weight", $19, "check:", $37 }'; }

version "$(haproxy -v | head -n 1)"
guess "app/added is as app/written: checked every 50 ms, weight 50; nothing listens on port 1, so both are DOWN"
haproxy -D -f haproxy.cfg -p pid 2>/dev/null
api add server app/added 127.0.0.1:1 >/dev/null
api add server app/asked 127.0.0.1:1 check inter 50 fall 1 >/dev/null
api set server app/added state ready >/dev/null
api set server app/asked state ready >/dev/null
until [[ $(server written) == DOWN* ]]; do sleep 0.1; done
sleep 0.3
seen "app/written, from the file" "DOWN weight 50 check: L4CON" "$(server written)"
seen "app/added: add server, state ready" "no check weight 1 check: " "$(server added)"
seen "app/asked: add server … check, state ready" "no check weight 1 check: " "$(server asked)"
api enable health app/asked >/dev/null
until [[ $(server asked) == DOWN* ]]; do sleep 0.1; done
seen "app/asked after enable health" "DOWN weight 1 check: L4CON" "$(server asked)"
matters "a deployment that adds the new container and reads back 'ready' has put an unchecked server into rotation, with a fiftieth of
          its neighbours' weight; check, weight and enable health have to be said for each server"
