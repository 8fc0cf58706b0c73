#!/usr/bin/env bash
# HAProxy: an address that was set by hand stays although the server's name is looked up every second, and setting the name again changes nothing.
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
	--host-record=api,127.0.0.7 --log-queries --log-facility="$dir/queries"
cat >haproxy.cfg <<CFG
global
  stats socket $dir/api level admin
resolvers engine
  nameserver one 127.0.0.1:$port
defaults
  timeout connect 1s
  timeout client 1s
  timeout server 1s
backend app
  default-server resolvers engine init-addr none resolve-prefer ipv4
  server a api:80
CFG
api() { echo "$*" | socat -t5 - "UNIX:$dir/api"; }
address() { api show stat | awk -F, '$1 == "app" && $2 == "a" { print $74 }'; }
# lookups waits for so many answers of the name server.
lookups() {
	local known want
	known=$(grep -c 'api is 127.0.0.7' queries)
	want=$((known + $1))
	until [ "$(grep -c 'api is 127.0.0.7' queries)" -ge "$want" ]; do sleep 0.1; done
}

version "$(haproxy -v | head -n 1), $(dnsmasq --version | head -n 1 | cut -d' ' -f1-3)"
guess "the next answer of the name server, a second later, puts the name's address back"
haproxy -D -f haproxy.cfg -p pid 2>/dev/null
until [ "$(address)" = 127.0.0.7:80 ]; do sleep 0.1; done
api "set server app/a addr 127.0.0.9 port 81" >/dev/null
lookups 4
seen "after addr 127.0.0.9 port 81 and four answers of 127.0.0.7" 127.0.0.9:81 "$(address)"
seen "set server app/a fqdn api" "no need to change the FDQN by 'stats socket command'" "$(api set server app/a fqdn api | head -n 1)"
lookups 4
seen "after that and four answers more" 127.0.0.9:81 "$(address)"
api "set server app/a fqdn other" >/dev/null
api "set server app/a fqdn api" >/dev/null
lookups 4
seen "after another name and back" 127.0.0.7:81 "$(address)"
matters "the address of a deployment's last step is served under the name of this one, UP and checked, and 'show servers state' has
          the right name beside the wrong address; a restart of HAProxy then goes elsewhere. Only another name in between looks up"
