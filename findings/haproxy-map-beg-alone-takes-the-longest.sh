#!/usr/bin/env bash
# HAProxy: `map_beg` takes the longest entry whatever the order, `map_end`, `map_sub`, `map_dom`, `map_dir` and `map_reg` the first line.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
debian haproxy=haproxy curl=curl
remove() { kill "$(cat pid)"; }
port=$((20000 + RANDOM % 10000))

printf '%s\n' '/api old' '/api/v2 new' >paths.map
printf '%s\n' 'example.com all' 'shop.example.com shop' >hosts.map
for map in paths hosts; do tac $map.map >$map-turned.map; done
methods='beg:paths:/api/v2/orders dir:paths:/api/v2/orders end:hosts:eu.shop.example.com dom:hosts:eu.shop.example.com sub:hosts:eu.shop.example.com reg:hosts:eu.shop.example.com'
{
	echo "defaults
  mode http
  timeout connect 1s
  timeout client 1s
  timeout server 1s
frontend all
  bind 127.0.0.1:$port"
	for each in $methods; do
		IFS=: read -r method map text <<<"$each"
		echo "  http-request return status 200 content-type text/plain lf-string \"map_$method: %[str($text),map_$method($map.map)], turned round %[str($text),map_$method($map-turned.map)]\" if { path /$method }"
	done
} >haproxy.cfg

version "$(haproxy -v | head -n 1)"
guess "strings are stored in trees, so the first of the finest match will be used (configuration.txt, of all that map_… take): the order means nothing"
haproxy -D -f haproxy.cfg -p pid 2>/dev/null
seen "the path /api/v2/orders in /api old, /api/v2 new, and the host eu.shop.example.com in example.com all, shop.example.com shop" 'map_beg: new, turned round new
map_dir: old, turned round new
map_end: all, turned round shop
map_dom: all, turned round shop
map_sub: all, turned round shop
map_reg: all, turned round shop' "$(for each in $methods; do curl -s "http://127.0.0.1:$port/${each%%:*}"; echo; done)"
matters "a map of hosts that is sorted, or gets its new line at the end, sends shop.example.com to the servers of example.com, where a map of paths
          beside it works in any order: only str, beg and ip are trees. Lines of the others go from the longest to the shortest"
