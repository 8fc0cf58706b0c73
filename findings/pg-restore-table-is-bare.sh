#!/usr/bin/env bash
# PostgreSQL 15: pg_restore -t brings a table without its keys, sequence and indexes, from a dump that has them, and exits with 0.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
remove() { postgres_stop; }

postgres_server
psql -Xq <<'SQL'
create table owner (id serial primary key, name text unique not null);
create table item (id serial primary key, owner int references owner, state text default 'new');
create index on item (state);
insert into owner (name) values ('first');
insert into item (owner) values (1), (1);
SQL
# item prints the table's rows, its columns' defaults, its constraints, and its indexes.
item() {
	psql -XAt -d "$1" -c 'select count(*) from item' -c "select attname || ' default ' || pg_get_expr(adbin, adrelid) from pg_attrdef d
		join pg_attribute on attrelid = adrelid and attnum = adnum where adrelid = 'item'::regclass order by 1" \
		-c "select conname from pg_constraint where conrelid = 'item'::regclass order by 1" \
		-c "select indexname from pg_indexes where tablename = 'item' order by 1"
}
whole="2
id default nextval('item_id_seq'::regclass)
state default 'new'::text
item_owner_fkey
item_pkey
item_pkey
item_state_idx"
guess "pg_restore -t item and pg_dump -t item mean the same: the table with all that belongs to it"
seen "the table: rows, defaults, constraints, indexes" "$whole" "$(item app)"
pg_dump -Fc -f whole.dump
createdb chosen
psql -Xq -d chosen -c 'create table owner (id int primary key)' -c 'insert into owner values (1)'
pg_dump -t item | psql -Xq -d chosen -v ON_ERROR_STOP=1 >/dev/null
seen "pg_dump -t item | psql" "$whole" "$(item chosen)"
createdb restored
seen "pg_restore -t item of the whole dump" "exit 0" "$(pg_restore -d restored -t item whole.dump && echo "exit $?")"
seen "the table that it made" $'2\nstate default \'new\'::text' "$(item restored)"
matters "whoever brings back one table from last night's dump gets its rows and exit 0; the next INSERT fails for want of an id, twice the
          same id is accepted, and references go unchecked. pg_restore -l, the table's lines picked out, and -L bring all of it"
