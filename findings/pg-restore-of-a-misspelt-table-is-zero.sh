#!/usr/bin/env bash
# PostgreSQL 15: pg_restore -t of a table that the dump has not, of public.item and of 'it*' too, restores nothing and exits with 0.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
remove() { postgres_stop; }

postgres_server
psql -Xq -c 'create table item (id int)' -c 'insert into item values (1), (2)'
pg_dump -Fc -f whole.dump
# restored OPTION… restores what is chosen of the dump into a new database, and prints exit code, messages and tables.
restored() {
	local code=0
	createdb new
	pg_restore -d new --exit-on-error "$@" whole.dump >messages 2>&1 || code=$?
	echo "exit $code, $(wc -l <messages) messages, tables: $(psql -XAt -d new -c "select string_agg(relname, ',') from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace")"
	dropdb new
}
# dumped OPTION… prints how pg_dump ends with the same choice.
dumped() { if pg_dump "$@" >dump.sql 2>messages; then echo "exit 0, tables: $(grep -c '^CREATE TABLE' dump.sql)"; else echo "exit 1, $(cat messages)"; fi; }

guess "-t means for pg_restore what it means for pg_dump: a name, with its schema if one likes, or a pattern, and an error where nothing fits"
seen "pg_restore -t item" "exit 0, 0 messages, tables: item" "$(restored -t item)"
seen "pg_restore -t public.item" "exit 0, 0 messages, tables: " "$(restored -t public.item)"
seen "pg_restore -t 'it*'" "exit 0, 0 messages, tables: " "$(restored -t 'it*')"
seen "pg_restore -t itme" "exit 0, 0 messages, tables: " "$(restored -t itme)"
seen "pg_restore -n shop" "exit 0, 0 messages, tables: " "$(restored -n shop)"
seen "pg_dump -t public.item" "exit 0, tables: 1" "$(dumped -t public.item)"
seen "pg_dump -t 'it*'" "exit 0, tables: 1" "$(dumped -t 'it*')"
seen "pg_dump -t itme" "exit 1, pg_dump: error: no matching tables were found" "$(dumped -t itme)"
matters "a script that brings back public.item from last night's dump, with --exit-on-error too, is told that it has, and the table is not there;
          -n public -t item is how pg_restore is told of the schema, and pg_restore -l of the same choice shows whether anything fits"
