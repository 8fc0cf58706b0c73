#!/usr/bin/env bash
# HAProxy: a POST that meets a server which ends its idle connection is neither sent again nor answered, with http-reuse never too.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
debian haproxy=haproxy socat=socat
remove() {
	kill "$(cat pid)"
	kill "$server"
}
port=$((20000 + RANDOM % 10000))

# A server whose keep-alive ends while the second request of a connection is under way to it.
cat >answer <<'SH'
#!/bin/bash
while read -r line && [ "$line" != $'\r' ]; do :; done
printf 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'
read -r line
SH
chmod +x answer
socat "TCP-LISTEN:$((port + 1)),bind=127.0.0.1,fork,reuseaddr" EXEC:./answer 2>/dev/null &
server=$!
until (: <"/dev/tcp/127.0.0.1/$((port + 1))") 2>/dev/null; do sleep 0.1; done

# gateway LINE starts HAProxy with that line besides retries.
gateway() {
	[ ! -e pid ] || kill "$(cat pid)"
	cat >haproxy.cfg <<CFG
defaults
  mode http
  timeout connect 1s
  timeout client 5s
  timeout server 5s
  retries 3
  retry-on conn-failure
  option redispatch 1
  $1
listen app
  bind 127.0.0.1:$port
  server one 127.0.0.1:$((port + 1))
CFG
	haproxy -D -f haproxy.cfg -p pid 2>/dev/null
	until (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do sleep 0.1; done
}
# status reads a response, or tells that there is none.
status() {
	local first line
	read -r -t 5 first <&3 || { echo "closed without an answer" && return; }
	while read -r -t 5 line <&3 && [ "$line" != $'\r' ]; do :; done
	echo "${first%$'\r'}"
}
# twice asks a GET and then a POST over one connection.
twice() {
	exec 3<>"/dev/tcp/127.0.0.1/$port"
	printf 'GET / HTTP/1.1\r\nHost: app\r\n\r\n' >&3
	echo "GET: $(status)"
	printf 'POST / HTTP/1.1\r\nHost: app\r\nContent-Length: 1\r\n\r\nx' >&3
	echo "POST: $(status)"
	exec 3>&-
}

version "$(haproxy -v | head -n 1)"
guess "nothing was answered, so HAProxy sends the POST over a new connection, or answers 502; http-reuse never rules it out"
gateway ""
seen "the defaults (http-reuse safe)" $'GET: HTTP/1.1 200 OK\nPOST: closed without an answer' "$(twice)"
gateway "http-reuse never"
seen "http-reuse never" $'GET: HTTP/1.1 200 OK\nPOST: closed without an answer' "$(twice)"
gateway "option http-server-close"
seen "option http-server-close" $'GET: HTTP/1.1 200 OK\nPOST: HTTP/1.1 200 OK' "$(twice)"
matters "Node and uvicorn end idle connections after 5 s: a client that posts at that moment over its kept connection sees it
          closed, no client may send a POST again by itself, and no 5xx is counted anywhere. A connection of HAProxy is never
          shared then, but still kept for its client"
