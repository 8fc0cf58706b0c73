#!/usr/bin/env bash
# Redis 7: an append-only directory without its manifest is taken for an empty one, once: the next restart has the data again, or never.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
debian redis-server=redis-server redis-cli=redis-tools
remove() { redis shutdown nosave 2>/dev/null; }

redis() { redis-cli -s "$dir/socket" "$@"; }
start() {
	mkdir -p data
	redis-server --port 0 --unixsocket "$dir/socket" --dir "$dir/data" --appendonly yes --save '' --daemonize yes --logfile "$dir/log" >/dev/null
	until [ "$(redis ping 2>/dev/null)" = PONG ]; do sleep 0.1; done
}
stop() {
	redis shutdown
	while [ -S socket ]; do sleep 0.1; done
}

version "$(redis-server --version | cut -d' ' -f1-3)"
guess "it refuses to start, or reads the files, whose names say what they are"
start
redis set key value >/dev/null
stop
seen "the files" 'appendonly.aof.1.base.rdb
appendonly.aof.1.incr.aof
appendonly.aof.manifest' "$(ls data/appendonlydir)"
rm data/appendonlydir/*.manifest
start
seen "the keys after a start without the manifest" '' "$(redis keys '*')"
redis set other value >/dev/null
stop
start
seen "after another key, and one more start" $'key\nother' "$(redis keys '*' | sort)"
redis bgrewriteaof >/dev/null
patiently test -f data/appendonlydir/appendonly.aof.2.base.rdb
stop
rm data/appendonlydir/*.manifest
start
seen "without the manifest where the log had been rewritten once" '' "$(redis keys '*')"
stop
start
seen "and one more start" '' "$(redis keys '*')"
matters "a backup of *.rdb and *.aof is brought back as an empty database that works; where the log was never rewritten the old data
          come back at the next restart, beside what was written since, and else never. The manifest belongs to the copy"
