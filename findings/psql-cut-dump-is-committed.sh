#!/usr/bin/env bash
# PostgreSQL 15: a plain dump that was cut within a table's rows is committed by psql -1 -v ON_ERROR_STOP=1, with exit 0 and half a value.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
remove() { postgres_stop; }

postgres_server
psql -Xq -c 'create table account (name text primary key, balance int)' \
	-c "insert into account select 'number ' || i, 1000000 from generate_series(1001, 9000) i"
pg_dump >whole.sql
# The connection goes within the fourth row.
sed '/^number 1004/ { s/000$//; q }' whole.sql | head -c -1 >cut.sql
guess "with the two options nothing of a dump that is cut is kept, and the exit code is not 0"
seen "the end of the file" $'number 1003\t1000000\nnumber 1004\t1000' "$(tail -n 2 cut.sql)"
createdb restored
seen "psql -1 -v ON_ERROR_STOP=1 -f cut.sql" "exit 0" "$(psql -Xq -d restored -1 -v ON_ERROR_STOP=1 -f cut.sql >/dev/null && echo "exit $?")"
seen "rows, the balance of the last one, primary keys" '4|1000|0' \
	"$(psql -XAt -d restored -c "select count(*), min(balance), (select count(*) from pg_constraint where contype = 'p' and conrelid = 'account'::regclass) from account")"
createdb piped
seen "the same by way of stdin" "exit 0, 4" "$(psql -Xq -d piped -1 -v ON_ERROR_STOP=1 <cut.sql >/dev/null && echo "exit $?," "$(psql -XAt -d piped -c 'select count(*) from account')")"
matters "end of file ends COPY as its \\. does. An import by way of ssh, or from a file that a full disk cut, succeeds and has lost the rest of
          the table, all later tables and every key: look for 'PostgreSQL database dump complete' at the end before the import, or commit"
