#!/usr/bin/env bash
# redis-cli 7.0: `--rdb -` writes 40 bytes of the transfer after the dump, which `--rdb FILE` cuts off.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
debian redis-server=redis-server redis-cli=redis-tools
remove() { redis-cli -s "$dir/socket" shutdown nosave; }
redis-server --port 0 --unixsocket "$dir/socket" --daemonize yes --dir "$dir" --save '' --logfile "$dir/log" >/dev/null
up() { [ "$(redis-cli -s "$dir/socket" ping 2>/dev/null)" = PONG ]; }
patiently up
redis-cli -s "$dir/socket" mset a 1 b 2 >/dev/null
redis-cli -s "$dir/socket" --rdb file >said 2>&1
redis-cli -s "$dir/socket" --rdb - >stream 2>>said
size() { stat -c %s "$1"; }

version "$(redis-cli --version), $(redis-server --version | cut -d ' ' -f 1-3)"
guess "--rdb - writes what --rdb FILE does, as in: redis-cli --rdb - | gzip"
seen "what it says of both" "the size of the file twice" \
	"$([ "$(grep -c "success after $(size file) bytes" said)" = 2 ] && echo the size of the file twice)"
seen "bytes more to standard output" 40 "$(($(size stream) - $(size file)))"
seen "where the dump ends, by its own mark, in both" "$(size file)" \
	"$(redis-check-rdb stream | sed -n 's/^\[offset \([0-9]*\)\] Checksum OK$/\1/p')"
matters "the size and the digest of a backup are not those of the file that is restored, nor does appending or parsing by length work;
          redis-check-rdb and the server stop at the end mark and find nothing wrong. Write to a file, then pipe that"
