#!/usr/bin/env bash
# Redis 7.0: FLUSHALL overwrites dump.rdb at once, FLUSHDB of the only database does not; with `save ""` neither does.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
debian redis-server=redis-server redis-cli=redis-tools
server=
remove() { [ -z "$server" ] || { kill -9 "$server" && wait "$server"; } 2>/dev/null || true; }
port=$((20000 + RANDOM % 10000))
cli() { redis-cli -p "$port" "$@"; }

# begin OPTION… starts a server on the files that are there.
begin() {
	redis-server --port "$port" --bind 127.0.0.1 --dir "$dir" "$@" >redis.log &
	server=$!
	listening "$port" "$server"
	until [ "$(cli ping 2>&1)" = PONG ]; do sleep 0.1; done
}
# crash ends it at once, as a kill of its container does.
crash() { kill -9 "$server"; wait "$server" 2>/dev/null || true; }
# after COMMAND OPTION… prints how many keys of a saved one are there when the server crashed after the command and started again.
after() {
	local command=$1
	shift
	rm -f dump.rdb
	begin "$@"
	cli set order 1 >/dev/null
	cli save >/dev/null
	cli "$command" >/dev/null
	crash
	begin "$@"
	cli dbsize
	crash
}

version "Redis $(redis-server --version | grep -o 'v=[0-9.]*' | cut -c3-)"
guess "both empty what is in memory, and the file stays until the next save point, so that a kill and a start bring the keys back"
seen "FLUSHDB, kill -9, start: keys" 1 "$(after flushdb)"
seen "FLUSHALL, kill -9, start: keys" 0 "$(after flushall)"
seen "FLUSHALL with save '': keys" 1 "$(after flushall --save '')"
matters "whoever stops a Redis at once after a FLUSHALL of the wrong one finds the last snapshot overwritten too, and one who empties a cache that is
          saved by hand has the old keys back after a crash"
