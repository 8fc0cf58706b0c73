#!/usr/bin/env bash
# PostgreSQL 15: a plain dump with a large object brings a COMMIT of its own, which ends the transaction of `psql --single-transaction`.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
remove() { postgres_stop; }

postgres_server
# restored NAME restores dump.sql, whose last statement fails, as one transaction, and says what is there afterwards.
restored() {
	createdb "$1"
	local code=0
	psql -Xq -d "$1" -v ON_ERROR_STOP=1 --single-transaction -f dump.sql >/dev/null 2>errors || code=$?
	echo "exit $code, $(psql -XAt -d "$1" -c "select count(*) from pg_class where relname = 'item'") table, $(psql -XAt -d "$1" -c 'select count(*) from pg_largeobject_metadata') large objects"
}
psql -Xq -c 'create table item (id int)' -c 'insert into item values (1)'
guess "psql --single-transaction of a plain dump restores all of it or nothing"
pg_dump >dump.sql
echo 'select 1 / 0;' >>dump.sql
seen "a dump without a large object, its last statement fails" "exit 3, 0 table, 0 large objects" "$(restored without)"
psql -XAtq -c "select lo_from_bytea(4711, 'picture')" >/dev/null
pg_dump >dump.sql
echo 'select 1 / 0;' >>dump.sql
seen "transaction statements of a dump with one" $'BEGIN;\nCOMMIT;' "$(grep -xE 'BEGIN;|COMMIT;|START TRANSACTION;' dump.sql)"
seen "that dump, its last statement fails" "exit 3, 1 table, 1 large objects" "$(restored with)"
seen "what psql says before the error" "WARNING:  there is already a transaction in progress" "$(grep -o 'WARNING:.*' errors | head -n 1)"
matters "a restore that failed half-way leaves half a database behind an exit code that says nothing of it, as soon as somebody has
          stored one large object. Leave these two lines out of the dump, or use the custom format and pg_restore --single-transaction"
