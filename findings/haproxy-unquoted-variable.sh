#!/usr/bin/env bash
# HAProxy: ${NAME} without quotes is expanded in an address, and is plain text everywhere else.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
debian haproxy=haproxy curl=curl
remove() { kill "$(cat pid)"; }

cat >haproxy.cfg <<CFG
defaults
  mode http
  timeout connect 1s
  timeout client 1s
  timeout server 1s
frontend f
  bind unix@$dir/\${GATE}.sock
  http-request return status 200 content-type text/plain string \${VERSION} if { path /bare }
  http-request return status 200 content-type text/plain string "\${VERSION}"
CFG
ask() { curl -s --unix-socket "$dir/open.sock" "http://gate$1"; }

version "$(haproxy -v | head -n 1)"
guess "one rule for the file: expanded in both places, or in neither without quotes"
seen "haproxy -c" "exit 0" "$(GATE=open VERSION=v7 haproxy -c -f haproxy.cfg >/dev/null 2>&1; echo "exit $?")"
GATE=open VERSION=v7 haproxy -D -f haproxy.cfg -p pid 2>/dev/null
# shellcheck disable=SC2016
seen "bind unix@…/\${GATE}.sock, then string \${VERSION}" '${VERSION}' "$(ask /bare)"
seen "string \"\${VERSION}\"" v7 "$(ask /quoted)"
matters "a template whose bind and server lines work is taken for tested: its header, its path or its password is the text
          \${NAME}, the check of the file says it is valid, and a comparison with a token of that text is always false"
