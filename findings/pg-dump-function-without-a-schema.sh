#!/usr/bin/env bash
# pg_dump 15: a table whose index or CHECK calls a function that names a table without its schema is dumped with exit 0, and its rows are not restored.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
remove() { postgres_stop; }
postgres_server
psql -q <<'SQL'
CREATE TABLE rates (code text PRIMARY KEY, factor numeric);
INSERT INTO rates VALUES ('eur', 1), ('usd', 2);
CREATE FUNCTION rate(code text) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT factor FROM rates WHERE rates.code = $1';
CREATE TABLE orders (id int, code text, CHECK (rate(code) > 0));
INSERT INTO orders VALUES (1, 'eur'), (2, 'usd');
SQL
createdb copy

guess "what works in a database is restored by its own dump in an empty database of the same server"
seen "pg_dump -Fc" "exit 0" "$(pg_dump -Fc >dump && echo "exit $?")"
seen "pg_restore into an empty database" 'exit 1
pg_restore: error: COPY failed for table "orders": ERROR:  relation "rates" does not exist
pg_restore: warning: errors ignored on restore: 1' "$(
	code=0
	pg_restore -d copy dump 2>said || code=$?
	echo "exit $code"
	grep ^pg_restore said
)"
seen "rows of orders, of rates" "0 2" "$(psql -At -F ' ' -d copy -c 'SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM rates)')"
psql -qc 'ALTER FUNCTION rate SET search_path = public'
dropdb copy
createdb copy
pg_dump -Fc >dump
seen "the same once the function has SET search_path = public" "exit 0, 2 orders" \
	"$(pg_restore -d copy dump && echo "exit $?, $(psql -At -d copy -c 'SELECT count(*) FROM orders') orders")"
matters "a restore runs with an empty search_path, the application never does: the backup succeeds every night, and only a trial of the
          restore tells. Functions of indexes, checks, generated columns and materialised views name schemas, or set their search_path"
