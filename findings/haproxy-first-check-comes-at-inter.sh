#!/usr/bin/env bash
# HAProxy: a server that leaves maintenance is down at once and checked for the first time up to `inter` later, whatever downinter and fastinter say; its new name is asked for a `timeout resolve` later.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
debian haproxy=haproxy socat=socat dnsmasq=dnsmasq-base
remove() {
	kill "$(cat pid)"
	kill "$(cat dns)"
}
port=$((20000 + RANDOM % 10000))

dnsmasq --conf-file=/dev/null --no-hosts --no-resolv --listen-address=127.0.0.1 --bind-interfaces --port=$port --pid-file="$dir/dns" \
	--host-record=old,127.0.0.1 --host-record=new,127.0.0.1 --log-queries --log-facility="$dir/queries"
cat >haproxy.cfg <<CFG
global
  stats socket $dir/api level admin
resolvers engine
  nameserver one 127.0.0.1:$port
  timeout resolve 6s
defaults
  mode http
  timeout connect 1s
  timeout client 1s
  timeout server 1s
frontend checked
  bind 127.0.0.1:$((port + 1))
  log stdout format raw local0
  http-request return status 200
backend app
  option httpchk
  default-server check inter 6s fastinter 200ms downinter 200ms rise 1 fall 1 resolvers engine init-addr none resolve-prefer ipv4
  server a old:$((port + 1))
CFG
api() { echo "$*" | socat -t5 - "UNIX:$dir/api"; }
state() { api show stat | awk -F, '$1 == "app" && $2 == "a" { print $18 }'; }
checks() { grep -c checked log || true; }
asked() { grep -c "query\[A\] $1 " queries || true; }
# after waits for one more of what is counted, so that the next round is as far away as it can be.
after() {
	local known
	known=$("$@")
	until [ "$("$@")" -gt "$known" ]; do sleep 0.05; done
}
# within says how many more of it there are after so many seconds.
within() {
	local seconds=$1 known
	shift
	known=$("$@")
	sleep "$seconds"
	echo $(($("$@") - known))
}

version "$(haproxy -v | head -n 1), inter 6s fastinter 200ms downinter 200ms, timeout resolve 6s"
guess "a server that is set ready and is down is checked within downinter, and a new name is asked for at once"
haproxy -f haproxy.cfg -db >log 2>/dev/null &
echo $! >pid
until [ "$(state 2>/dev/null)" = UP ]; do sleep 0.1; done
after checks
api "set server app/a state maint" >/dev/null
api "set server app/a state ready; set server app/a health down" >/dev/null
seen "state, once it is ready again and told to be down" DOWN "$(state)"
seen "checks in the 2 s after that" 0 "$(within 2 checks)"
seen "checks in the 6 s after that: the first of them at the old rhythm" yes "$([ "$(within 6 checks)" -ge 1 ] && echo yes || echo no)"
after asked old
api "set server app/a fqdn new" >/dev/null
seen "questions for the new name in the 2 s after it was set" 0 "$(within 2 asked new)"
seen "questions for it in the 6 s after that" yes "$([ "$(within 6 asked new)" -ge 1 ] && echo yes || echo no)"
matters "a switch by maintenance, new name and ready takes up to inter and timeout resolve, however short downinter is: both have to be
          short for all servers at all times"
