#!/usr/bin/env bash
# HAProxy: `set server … weight 50%` is half of what the file says, not of what is in force: it can double the share.
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
  mode tcp
  timeout connect 1s
  timeout client 1s
  timeout server 1s
backend shop
  server blue 127.0.0.1:1 weight 100
  server green 127.0.0.1:2 weight 100
CFG
api() { echo "$*" | socat -t5 - "UNIX:$dir/api" | grep . || true; }
haproxy -D -f haproxy.cfg -p pid 2>/dev/null
patiently test -S api

version "$(haproxy -v | head -n 1)"
guess "a percentage is of the weight that the server has: twice 50% is a quarter"
api set server shop/green weight 20
seen "set server shop/green weight 20" "20 (initial 100)" "$(api get weight shop/green)"
api set server shop/green weight 50%
seen "set server shop/green weight 50%" "50 (initial 100)" "$(api get weight shop/green)"
api set server shop/green weight 50%
seen "and once more" "50 (initial 100)" "$(api get weight shop/green)"
matters "a step back that halves a canary's share, as its errors rise, gives it two and a half times as many requests; whoever steps by
          percentages has to count from the file's weight, or set numbers"
