#!/usr/bin/env bash
# HAProxy: `add map` of a key that is there succeeds, and the old value stays in force.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
debian haproxy=haproxy socat=socat curl=curl
remove() { kill "$(cat pid)"; }
port=$((20000 + RANDOM % 10000))

echo 'shop blue' >hosts.map
cat >haproxy.cfg <<CFG
global
  stats socket $dir/api level admin
defaults
  mode http
  timeout connect 1s
  timeout client 1s
  timeout server 1s
frontend all
  bind 127.0.0.1:$port
  http-request return status 200 content-type text/plain lf-string "%[str(shop),map($dir/hosts.map,none)]"
CFG
api() { echo "$*" | socat -t5 - "UNIX:$dir/api"; }
answers() { curl -s "http://127.0.0.1:$port/"; }

version "$(haproxy -v | head -n 1)"
guess "add map shop green puts the new value into force, or fails as the key is there"
haproxy -D -f haproxy.cfg -p pid 2>/dev/null
seen "the map of the file" blue "$(answers)"
seen "add map shop green" '' "$(api add map "$dir/hosts.map" shop green | tr -d '\n')"
seen "what is in force" blue "$(answers)"
seen "show map" $'shop blue\nshop green' "$(api show map "$dir/hosts.map" | cut -d' ' -f2- | grep .)"
api set map "$dir/hosts.map" shop red >/dev/null
seen "after set map shop red: in force, and show map" $'red\nshop red\nshop red' "$(answers)
$(api show map "$dir/hosts.map" | cut -d' ' -f2- | grep .)"
api del map "$dir/hosts.map" shop >/dev/null
seen "after one del map shop" none "$(answers)"
matters "a script that moves a host to the green servers by add map is told nothing and moves nothing, and each try leaves one line more;
          set map is what replaces, and one del map takes all of them"
