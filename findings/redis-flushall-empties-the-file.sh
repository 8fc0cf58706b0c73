#!/usr/bin/env bash
# Redis 7: FLUSHALL writes an empty dump.rdb at once, FLUSHDB does not: what a kill brings back differs.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
debian redis-server=redis-server redis-cli=redis-tools
remove() { redis shutdown nosave 2>/dev/null; }

redis() { redis-cli -s "$dir/socket" "$@"; }
start() {
	mkdir -p data
	redis-server --port 0 --unixsocket "$dir/socket" --dir "$dir/data" --save "$1" --appendonly no --daemonize yes --pidfile "$dir/pid" --logfile "$dir/log" >/dev/null
	until [ "$(redis ping 2>/dev/null)" = PONG ]; do sleep 0.1; done
}
# after COMMAND, with `save` as in SETTING: keys after a snapshot, the command, KILL and a new start.
after() {
	start "$2"
	redis set key value >/dev/null
	redis save >/dev/null
	redis "$1" >/dev/null
	kill -KILL "$(cat pid)"
	while kill -0 "$(cat pid)" 2>/dev/null; do sleep 0.1; done
	rm -f socket pid
	start "$2"
	echo "$(redis dbsize | tr -dc 0-9) keys"
	redis shutdown nosave
	while [ -S socket ]; do sleep 0.1; done
	rm -rf data pid
}
version "$(redis-server --version | cut -d' ' -f1-3)"
guess "a command changes the memory; the file is written at the save points, so that a KILL right after the slip brings the snapshot back"
seen "flushdb, with --save '3600 1'" "1 keys" "$(after flushdb '3600 1')"
seen "flushall, with --save '3600 1'" "0 keys" "$(after flushall '3600 1')"
seen "flushall, with --save ''" "1 keys" "$(after flushall '')"
matters "the snapshot that was to be the way back is overwritten before FLUSHALL has answered, an hour before its save point; of databases
          that others use as well nothing is left either. What must survive a slip is a copy of the file elsewhere"
