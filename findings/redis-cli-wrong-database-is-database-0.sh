#!/usr/bin/env bash
# redis-cli -n of a database that is not there runs the command in database 0, exit 0.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
debian redis-server=redis-server redis-cli=redis-tools
remove() { redis shutdown nosave 2>/dev/null; }

redis() { redis-cli -s "$dir/socket" "$@"; }
redis-server --port 0 --unixsocket "$dir/socket" --dir "$dir" --save '' --databases 16 --daemonize yes --logfile "$dir/log" >/dev/null
until [ "$(redis ping 2>/dev/null)" = PONG ]; do sleep 0.1; done

version "$(redis-server --version | cut -d' ' -f1-3)"
guess "where the database cannot be selected nothing is run, and the exit code is 1"
redis set account 1 >/dev/null
redis -n 15 set cache 1 >/dev/null
seen "keys in database 0, of 16" 1 "$(redis dbsize)"
code=0
said=$(redis -n 16 flushdb 2>&1) || code=$?
seen "redis-cli -n 16 flushdb" $'exit 0\nSELECT 16 failed: ERR DB index is out of range\nOK' "exit $code
$(echo "$said" | grep .)"
seen "keys in database 0" 0 "$(redis dbsize)"
seen "redis-cli -e -n 16 set account 2, where database 0 has no account: its keys of that name" $'exit 0\n1' "$(code=0; redis set other 1 >/dev/null; redis -e -n 16 set account 2 >/dev/null 2>&1 || code=$?; echo "exit $code"; redis exists account)"
matters "a test's cleaning up that counts its databases from 1, or a server with fewer of them, empties the one that the application uses;
          the words are on stderr, and the exit code is that of a success"
