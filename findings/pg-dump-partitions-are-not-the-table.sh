#!/usr/bin/env bash
# PostgreSQL 15: pg_dump -t of a partitioned table has none of its rows, and -T and --exclude-table-data of it leave none out.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
remove() { postgres_stop; }

postgres_server
psql -Xq <<'SQL'
create table event (day date, what text) partition by range (day);
create table event_2025 partition of event for values from ('2025-01-01') to ('2026-01-01');
create table event_2026 partition of event for values from ('2026-01-01') to ('2027-01-01');
insert into event values ('2025-05-05', 'signed up'), ('2026-06-06', 'signed in');
SQL
# dump OPTION… prints the exit code, and the tables and rows of such a dump.
dump() {
	pg_dump "$@" >dump.sql
	echo "exit $?: $(sed -En 's/^CREATE TABLE public\.([a-z0-9_]*) .*/\1/p; s/^20.*\t(.*)/"\1"/p' dump.sql | paste -sd ' ')"
}
guess "a partitioned table is one table to pg_dump, as it is to SELECT, TRUNCATE and DROP: its partitions come and go with it"
seen "pg_dump" 'exit 0: event event_2025 event_2026 "signed up" "signed in"' "$(dump)"
seen "pg_dump -t event" 'exit 0: event' "$(dump -t event)"
seen "pg_dump -T event" 'exit 0: event_2025 event_2026 "signed up" "signed in"' "$(dump -T event)"
seen "pg_dump --exclude-table-data=event" 'exit 0: event event_2025 event_2026 "signed up" "signed in"' "$(dump --exclude-table-data=event)"
seen "pg_dump -t 'event*'" 'exit 0: event event_2025 event_2026 "signed up" "signed in"' "$(dump -t 'event*')"
matters "a dump of the one table that a migration changes is empty where that table is partitioned, and a dump for a developer that
          leaves a table's data out brings all of it; only a pattern that the partitions' names match too means them (16 has --table-and-children)"
