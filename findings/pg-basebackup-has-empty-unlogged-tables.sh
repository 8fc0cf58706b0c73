#!/usr/bin/env bash
# PostgreSQL 15: a pg_basebackup has unlogged tables without their rows; pg_dump has the rows, and pg_verifybackup finds nothing wrong.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
remove() {
	postgres_stop
	"${postgres[@]}" pg_ctl -D cluster/copy -m immediate -w stop >/dev/null
}

postgres_server
psql -Xq -c 'create unlogged table session (id int)' -c 'create table account (id int)' \
	-c 'insert into session select generate_series(1, 100)' -c 'insert into account select generate_series(1, 100)' -c checkpoint
rows() { psql -XAt "$@" -c "select 'account ' || count(*) from account union all select 'session ' || count(*) from session"; }
all=$'account 100\nsession 100'
guess "a base backup is the files of the whole cluster: all tables, with all rows"
seen "the cluster" "$all" "$(rows)"
"${postgres[@]}" pg_basebackup -h "$dir/cluster" -U postgres -D cluster/copy -c fast
seen "pg_verifybackup of the backup" "backup successfully verified" "$("${postgres[@]}" pg_verifybackup cluster/copy)"
"${postgres[@]}" mkdir cluster/socket
"${postgres[@]}" pg_ctl -D cluster/copy -o "-F -k $dir/cluster/socket -h ''" -l cluster/copy.log -w start >/dev/null
seen "what is started from it" $'account 100\nsession 0' "$(rows -h "$dir/cluster/socket")"
createdb dumped
pg_dump | psql -Xq -d dumped >/dev/null
seen "pg_dump, restored" "$all" "$(rows -d dumped)"
matters "a table that was made unlogged for its speed is in every nightly dump, and gone in what was restored from the physical backup, or
          moved to another machine by one; nothing says so, and checks that count databases and tables pass"
