#!/usr/bin/env bash
# vacuumdb 15: `vacuumdb --analyze-only` and `--analyze-in-stages` gather no statistics of a partitioned table, which `ANALYZE` does.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
remove() { postgres_stop; }
postgres_server
psql -Xq <<'SQL'
create table visit (day int, customer int) partition by range (day);
create table visit_1 partition of visit for values from (0) to (10);
create table visit_2 partition of visit for values from (10) to (20);
insert into visit select n % 20, n / 2 from generate_series(0, 19999) n;
SQL
# known prints the rows that the server knows of, the columns that it has statistics of, and what it expects of a distinct.
known() {
	psql -XAtq -F ' ' -c "select relname, reltuples, (select count(*) from pg_stats where tablename = relname) from pg_class
		where relname like 'visit%' order by 1"
	psql -XAtq -c 'explain select distinct customer from visit' | sed -n '1s/.*\(rows=[0-9]*\).*/distinct \1/p'
}
# after COMMAND… prints the exit code and what is known then.
after() {
	local code=0
	"$@" >/dev/null 2>said || code=$?
	echo "exit $code, $(wc -l <said) lines of errors"
	known
}
parts=$'visit_1 10000 2\nvisit_2 10000 2'
guess "vacuumdb --analyze-only is the ANALYZE of all tables, from the shell"
seen "rows, columns known, after vacuumdb --analyze-only" $'exit 0, 0 lines of errors\nvisit -1 0\n'"$parts"$'\ndistinct rows=200' \
	"$(after vacuumdb --analyze-only app)"
seen "after vacuumdb --all --analyze-in-stages, which pg_upgrade says to run" $'exit 0, 0 lines of errors\nvisit -1 0\n'"$parts"$'\ndistinct rows=200' \
	"$(after vacuumdb --quiet --all --analyze-in-stages)"
seen "after vacuumdb --analyze-only -t visit" $'exit 0, 0 lines of errors\nvisit 20000 2\n'"$parts"$'\ndistinct rows=10000' \
	"$(after vacuumdb --analyze-only -t visit app)"
psql -Xq -c "delete from pg_statistic where starelid = 'visit'::regclass"
seen "after psql -c ANALYZE, without those" $'exit 0, 0 lines of errors\nvisit 20000 2\n'"$parts"$'\ndistinct rows=10000' \
	"$(after psql -Xc ANALYZE)"
matters "after a restore or an upgrade the planner takes 200 for what is 10000, and for ever: autovacuum looks at no partitioned table either.
          The step that was added against slow queries leaves out the largest tables; psql -c ANALYZE in each database does not"
