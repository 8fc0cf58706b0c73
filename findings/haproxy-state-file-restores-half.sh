#!/usr/bin/env bash
# HAProxy: after a reload the state file gives back the port that was set at run time, and not the address.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
debian haproxy=haproxy socat=socat
remove() { kill "$(cat pid)"; }

cat >haproxy.cfg <<CFG
global
  stats socket $dir/api level admin
  server-state-file $dir/state
defaults
  mode tcp
  timeout connect 1s
  timeout client 1s
  timeout server 1s
  load-server-state-from-file global
  default-server init-addr last,libc,none
backend app
  server number 127.0.0.1:8001
  server name localhost:8001
CFG
api() { echo "$*" | socat -t5 - "UNIX:$dir/api"; }
# addresses prints where the servers are now.
addresses() { api show servers state app | awk '$2 == "app" { print $4, $5 ":" $19 }'; }

version "$(haproxy -v | head -n 1)"
guess "the state file restores the address and the port, or neither of them"
touch state
haproxy -D -f haproxy.cfg -p pid 2>/dev/null
for server in number name; do api set server "app/$server" addr 127.0.0.9 port 9009 >/dev/null; done
seen "before the reload" $'number 127.0.0.9:9009\nname 127.0.0.9:9009' "$(addresses)"
saved=$(api show servers state)
printf "%s\n" "$saved" >state
old=$(cat pid)
haproxy -D -f haproxy.cfg -p pid -sf "$old" 2>/dev/null
seen "after the reload with that state" $'number 127.0.0.1:9009\nname 127.0.0.9:9009' "$(addresses)"
matters "a gateway that was switched to 10.0.0.9:9009 and is reloaded for a new certificate sends to 10.0.0.1:9009, which nobody
          configured: perhaps nothing, perhaps another service. Only servers written by name get their address back"
