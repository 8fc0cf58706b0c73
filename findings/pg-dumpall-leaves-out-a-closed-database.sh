#!/usr/bin/env bash
# pg_dumpall 15: a database that was closed for connections, so that nobody writes, is left out without a word, exit 0; pg_dump fails.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
remove() { postgres_stop; }
postgres_server
createdb shop
psql -Xq -d shop -c 'create table orders as select 1 as id'
psql -Xq -c 'create table item as select 1 as id'
# dump NAME COMMAND… prints the exit code, the lines of errors and the databases and tables of a dump.
dump() {
	local name=$1 code=0
	shift
	"$@" >"$name" 2>said || code=$?
	echo "exit $code, $(wc -l <said) lines of errors"
	sed -En 's/^(CREATE (DATABASE|TABLE) [^ ]*).*/\1/p' "$name"
}
whole=$'exit 0, 0 lines of errors\nCREATE DATABASE app\nCREATE TABLE public.item\nCREATE DATABASE shop\nCREATE TABLE public.orders'
guess "pg_dumpall has each database of the server, or fails as pg_dump does"
seen "pg_dumpall" "$whole" "$(dump before pg_dumpall)"
psql -Xq -d postgres -c 'alter database shop allow_connections false'
seen "pg_dumpall after alter database shop allow_connections false" $'exit 0, 0 lines of errors\nCREATE DATABASE app\nCREATE TABLE public.item' \
	"$(dump closed pg_dumpall)"
seen "pg_dumpall --verbose: what it says of shop" nothing "$(pg_dumpall --verbose 2>&1 >/dev/null | grep shop || echo nothing)"
seen "pg_dump shop" 'exit 1, 1 lines of errors' "$(dump one pg_dump shop)"
psql -Xq -d postgres -c 'alter database shop allow_connections true' -c 'alter database shop connection limit 0'
seen "pg_dumpall with connection limit 0 instead, as a superuser" "$whole" "$(dump limited pg_dumpall)"
matters "closing a database is the textbook step before a migration, so that the last dump is the last state: that dump has all but
          the database that was closed, exit 0, and the volume is deleted next. Look for each CREATE DATABASE, or limit connections to 0"
