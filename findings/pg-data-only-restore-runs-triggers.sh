#!/usr/bin/env bash
# PostgreSQL 15: the rows of `pg_dump -a` go through the triggers of the tables that they are restored into, exit 0; those of a whole dump do not.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
remove() { postgres_stop; }

postgres_server
psql -Xq <<'SQL'
create table item (id int primary key, changed date);
create table audit (item int, what text);
create function note() returns trigger language plpgsql as $$ begin
	new.changed = current_date;
	insert into public.audit values (new.id, tg_op);
	return new;
end $$;
create trigger note before insert or update on item for each row execute function note();
insert into item values (1), (2);
alter table item disable trigger note;
update item set changed = '2020-02-02';
alter table item enable trigger note;
SQL
rows() { psql -XAt -d "$1" -c "select count(*) || ' items, ' || count(*) filter (where changed = '2020-02-02') || ' changed in 2020' from item" -c "select count(*) || ' lines of audit' from audit"; }
# restored OPTION… prints what is there after a dump with the options was restored onto the tables alone.
restored() {
	createdb new
	pg_dump -s | psql -Xq -d new -v ON_ERROR_STOP=1 >/dev/null
	pg_dump -a "$@" | psql -Xq -1 -v ON_ERROR_STOP=1 -d new >/dev/null && echo "exit 0"
	rows new
	dropdb new
}
was=$'2 items, 2 changed in 2020\n2 lines of audit'
guess "a dump gives the rows as they were, whichever way it is split: the tables of a migration, then pg_dump -a"
seen "the database" "$was" "$(rows app)"
createdb whole
pg_dump | psql -Xq -d whole -v ON_ERROR_STOP=1 >/dev/null
seen "the whole dump, restored" "$was" "$(rows whole)"
seen "pg_dump -a into its tables" $'exit 0\n2 items, 0 changed in 2020\n4 lines of audit' "$(restored)"
seen "pg_dump -a --disable-triggers" $'exit 0\n'"$was" "$(restored --disable-triggers)"
matters "a developer who lets the migrations make the tables and fills them from a dump has other rows than there were: each updated_at is now,
          each audit line twice, each counter counted again, without a message; --disable-triggers needs a superuser"
