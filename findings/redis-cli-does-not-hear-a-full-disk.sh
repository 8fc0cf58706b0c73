#!/usr/bin/env bash
# redis-cli 7.0: what cannot be written to standard output, as onto a full disk, is lost with exit 0; only `--rdb` tells.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
debian redis-server=redis-server redis-cli=redis-tools
remove() { redis shutdown nosave; }
redis() { redis-cli -s "$dir/socket" "$@"; }
redis-server --port 0 --unixsocket "$dir/socket" --daemonize yes --dir "$dir" --save '' --logfile "$dir/log" >/dev/null
up() { [ "$(redis ping 2>/dev/null)" = PONG ]; }
patiently up
head -c 1000000 /dev/zero | tr '\0' x | redis -x set name >/dev/null
# full COMMAND… prints its exit code with a full disk for its output, and how many lines of errors it has.
full() {
	local code=0
	"$@" >/dev/full 2>said || code=$?
	echo "exit $code, $(grep -ciE 'no space|error' said || true) errors"
}
version "$(redis-cli --version)"
guess "with a full disk for its output, and a value of a megabyte: a command whose output cannot be written fails, as cat, psql and pg_dump do"
seen "echo" 'exit 1, 1 errors' "$(full echo name)"
for command in 'get name' '--raw dump name' '--scan' '--csv keys *' '-e get name'; do
	read -ra words <<<"$command"
	seen "redis-cli $command" 'exit 0, 0 errors' "$(full redis "${words[@]}")"
done
seen "redis-cli --rdb -" 'exit 1, 1 errors' "$(full redis --rdb -)"
matters "redis-cli --raw dump KEY >backup or --scan >keys, then a flush or a del of those, goes on over a full disk with an empty or cut file;
          -e is no help. Look at the size, or take --rdb"
