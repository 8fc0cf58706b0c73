#!/usr/bin/env bash
# psql: of several -c the last one's exit code counts: what failed before is exit 0, in one transaction too.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
remove() { postgres_stop; }

postgres_server
psql -Xq -c 'create table account (name text)' -c 'create table log (line text)'
# code ARGUMENT… is psql's exit code, and how many accounts there are after it.
code() {
	local code=0
	psql -Xq "$@" >/dev/null 2>&1 || code=$?
	echo "exit $code, $(psql -XAtc 'select count(*) from account') accounts"
}
fails='insert into acount values (1)' # a slip
guess "a command that failed makes psql fail, as one -c that fails does"
seen "-c FAILS" "exit 1, 0 accounts" "$(code -c "$fails")"
seen "-c FAILS -c WORKS" "exit 0, 0 accounts" "$(code -c "$fails" -c "insert into log values ('migrated')")"
seen "-c FAILS -f WORKS" "exit 0, 0 accounts" "$(echo "insert into log values ('migrated')" >works.sql; code -c "$fails" -f works.sql)"
seen "-1 -c WORKS -c FAILS -c '\\echo done'" "exit 0, 0 accounts" "$(code -1 -c "insert into account values ('a')" -c "$fails" -c '\echo done')"
seen "-v ON_ERROR_STOP=1 -c FAILS -c WORKS" "exit 1, 0 accounts" "$(code -v ON_ERROR_STOP=1 -c "$fails" -c "insert into log values ('migrated')")"
matters "a migration of two -c is noted as done though its first half was refused; with -1 and a last command that asks the server nothing, all
          of it was rolled back, and the exit code says that it is in. ON_ERROR_STOP belongs to each call of psql"
