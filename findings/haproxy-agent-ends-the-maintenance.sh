#!/usr/bin/env bash
# HAProxy: an agent that says "ready" ends the operator's maint and drain at its next check; one that is gone leaves "down" in force.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
debian haproxy=haproxy socat=socat
remove() { kill "$(cat pid)" "$server" "$agent" 2>/dev/null; }
port=$((20000 + RANDOM % 10000))
cat >haproxy.cfg <<CFG
global
  stats socket $dir/api level admin
defaults
  mode tcp
  timeout connect 1s
  timeout client 1s
  timeout server 1s
listen all
  bind 127.0.0.1:$port
  server blue 127.0.0.1:$((port + 1)) weight 100 check inter 100ms agent-check agent-port $((port + 2)) agent-inter 300ms
CFG
api() { echo "$*" | socat -t5 - "UNIX:$dir/api"; }
state() { api show stat | awk -F, '$1 == "all" && $2 == "blue" { print $18, $19 }'; }
is() { [ "$(state)" = "$1" ]; }
# becomes WANT waits for that state and prints what is there then.
becomes() {
	patiently is "$1" || true
	state
}

version "$(haproxy -v | head -n 1)"
guess "an operator's maint, drain and weight stay until the operator ends them; of an agent that is gone nothing is left but the health check"
echo 'up ready 100%' >says
socat "TCP-LISTEN:$((port + 1)),bind=127.0.0.1,reuseaddr,fork" OPEN:/dev/null 2>/dev/null &
server=$!
socat "TCP-LISTEN:$((port + 2)),bind=127.0.0.1,reuseaddr,fork" "SYSTEM:cat $dir/says" 2>/dev/null &
agent=$!
listening "$((port + 1))" "$server"
listening "$((port + 2))" "$agent"
haproxy -D -f haproxy.cfg -p pid 2>/dev/null
seen "the agent says: up ready 100%" "UP 100" "$(becomes 'UP 100')"
for command in 'state maint' 'state drain' 'weight 10'; do
	said=$(api set server all/blue "$command" | tr -d '\n')
	seen "set server all/blue $command: the answer, then the state some checks later" "'' UP 100" "'$said' $(sleep 1; becomes 'UP 100')"
done
echo down >says
seen "the agent says: down" "DOWN (agent) 100" "$(becomes 'DOWN (agent) 100')"
kill "$agent"
sleep 2
seen "two seconds after the agent has ended, with the health check at work" "DOWN (agent) 100 L4OK" \
	"$(state) $(api show stat | awk -F, '$1 == "all" && $2 == "blue" { print $37 }')"
matters "where an agent answers \"ready\", a server that is taken out by hand for a deployment has requests again within a check; and an agent
          that is stopped after it said down keeps its server down. disable agent comes first, and does not bring the weight back"
