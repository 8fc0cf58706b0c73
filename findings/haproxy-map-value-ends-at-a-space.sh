#!/usr/bin/env bash
# HAProxy: `add map` and `set map` keep a value up to its first space, quotes included, and succeed; a file and a payload keep all of it.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
debian haproxy=haproxy socat=socat curl=curl
remove() { kill "$(cat pid)"; }
port=$((20000 + RANDOM % 10000))

echo '/file no-cache, private' >cache.map
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
  http-request return status 200 content-type text/plain lf-string "%[path,map($dir/cache.map)]"
CFG
map=$dir/cache.map
api() { printf '%s\n' "$*" | socat -t5 - "UNIX:$dir/api"; }
# value PATH ANSWER prints what is in force for a path, and what the command has answered.
value() { printf '%s: %s (answer: "%s")\n' "$1" "$(curl -s "http://127.0.0.1:$port$1")" "$(tr -d '\n' <<<"$2")"; }

version "$(haproxy -v | head -n 1)"
guess "the value is the rest of the line, as it is in the file; or it is in quotes; or more words than the command takes are refused"
haproxy -D -f haproxy.cfg -p pid 2>/dev/null
seen "what is in force for no-cache, private" '/file: no-cache, private (answer: "")
/bare: no-cache, (answer: "")
/quoted: "no-cache, (answer: "")
/escaped: no-cache, private (answer: "")
/payload: no-cache, private (answer: "")
/file: no-cache, (answer: "")' "$(
	value /file ""
	value /bare "$(api add map "$map" /bare no-cache, private)"
	value /quoted "$(api add map "$map" /quoted '"no-cache, private"')"
	value /escaped "$(api add map "$map" /escaped 'no-cache,\ private')"
	value /payload "$(api add map "$map" '<<'$'\n/payload no-cache, private\n')"
	value /file "$(api set map "$map" /file no-cache, private)"
)"
matters "a script that puts an entry of the file into force without a reload changes it: a header or a redirection is cut at the first space,
          or has a lone quote, and nothing fails; write each space as backslash and space, or add by a payload, which set map has not"
