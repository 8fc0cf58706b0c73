#!/usr/bin/env bash
# psql 15: `-v ON_ERROR_STOP` without `=1` takes the variable away: a file with an error is run to its end, exit 0.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
remove() { postgres_stop; }
postgres_server
cat >migration.sql <<'SQL'
ALTER TABLE nosuch ADD COLUMN total numeric;
CREATE TABLE migrated (version int);
SQL
# run ARGUMENT… runs the file into an empty database, and prints the exit code and what is there afterwards.
run() {
	local code=0
	psql -q "$@" -f migration.sql 2>/dev/null || code=$?
	echo "exit $code, tables: $(psql -Atc "SELECT count(*) FROM pg_class WHERE relname = 'migrated'")"
	psql -qc 'DROP TABLE IF EXISTS migrated' 2>/dev/null
}

guess "-v ON_ERROR_STOP is -v ON_ERROR_STOP=1, as a switch is in a shell, and \\set ON_ERROR_STOP in psql itself"
seen "psql -v ON_ERROR_STOP=1 -f migration.sql" "exit 3, tables: 0" "$(run -v ON_ERROR_STOP=1)"
seen "psql -v ON_ERROR_STOP -f migration.sql" "exit 0, tables: 1" "$(run -v ON_ERROR_STOP)"
seen "psql -v ON_ERROR_STOP= -f migration.sql" "exit 3, tables: 0" "$(run -v ON_ERROR_STOP=)"
seen '\set ON_ERROR_STOP, then \i migration.sql' "exit 3, tables: 0" "$(
	code=0
	printf '%s\n' '\set ON_ERROR_STOP' '\i migration.sql' | psql -q 2>/dev/null || code=$?
	echo "exit $code, tables: $(psql -Atc "SELECT count(*) FROM pg_class WHERE relname = 'migrated'")"
)"
matters "the deployment whose author has asked for it to stop goes on with a half migrated database"
