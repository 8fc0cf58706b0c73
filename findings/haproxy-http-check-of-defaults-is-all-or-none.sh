#!/usr/bin/env bash
# HAProxy: one http-check line of a backend drops those of defaults, where http-request rules of both are in force; a 302 is then healthy.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
debian haproxy=haproxy socat=socat curl=curl
remove() { kill "$(cat pid)"; }
port=$((20000 + RANDOM % 10000))

cat >haproxy.cfg <<CFG
global
  stats socket $dir/api level admin
defaults edge
  mode http
  timeout client 1s
  http-request set-header X-Of-Defaults yes
defaults service
  mode http
  timeout connect 1s
  timeout server 1s
  option httpchk GET /health
  http-check expect status 200
frontend moved from edge
  bind 127.0.0.1:$port
  http-request return status 302 hdr location /login
backend plain from service
  server a 127.0.0.1:$port check inter 100ms fall 1
backend named from service
  http-check send hdr Host shop.example
  server a 127.0.0.1:$port check inter 100ms fall 1
frontend both from edge
  bind 127.0.0.1:$((port + 1))
  http-request set-header X-Of-Frontend yes
  http-request return status 200 content-type text/plain lf-string "%[req.hdr(X-Of-Defaults)] %[req.hdr(X-Of-Frontend)]"
CFG
# health BACKEND prints state and last check of its server.
health() { echo show stat | socat -t5 - "UNIX:$dir/api" | awk -F, -v b="$1" '$1 == b && $2 == "a" {print $18, $37, $38}'; }
# The first check of every server has been made.
checked() { [ "$(health plain | wc -w)" -eq 3 ] && [ "$(health named | wc -w)" -eq 3 ]; }

version "$(haproxy -v | head -n 1)"
guess "what defaults expect of a check holds for a backend that adds a header to it, as rules of http-request add up"
seen "haproxy -c -f haproxy.cfg" "exit 0, warnings: 0" "$(haproxy -c -f haproxy.cfg >said 2>&1 && echo "exit $?, warnings: $(grep -ci warning said)")"
haproxy -D -f haproxy.cfg -p pid 2>/dev/null
patiently checked
seen "a server that answers 302, in a backend without http-check of its own" "DOWN L7STS 302" "$(health plain)"
seen "the same with http-check send hdr Host shop.example" "UP L7OK 302" "$(health named)"
seen "http-request rules of defaults and of the frontend" "yes yes" "$(curl -s "http://127.0.0.1:$((port + 1))/")"
matters "a backend whose check gets a Host header takes a server that sends all to its login page, or is moved, for healthy from then on; each
          backend with an http-check line needs all of them"
