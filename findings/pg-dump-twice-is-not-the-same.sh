#!/usr/bin/env bash
# PostgreSQL 15.14 and later: two plain dumps of a database that nobody changed differ, by a random word after \restrict.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
remove() { postgres_stop; }

postgres_server
psql -Xq -c 'create table item (id int primary key)' -c 'insert into item values (1)'
guess "plain dumps of a database that nobody changes are equal, so that a checksum tells whether anything is new"
pg_dump >first.sql
pg_dump >second.sql
seen "cmp of the two" "exit 1" "$(cmp -s first.sql second.sql && echo equal || echo "exit $?")"
seen "the lines that differ, their word left out" $'\\restrict\n\\unrestrict' "$(diff first.sql second.sql | sed -n 's/^< \(\\[a-z]*\) .*/\1/p')"
pg_dump --restrict-key=fixed >first.sql
pg_dump --restrict-key=fixed >second.sql
seen "with --restrict-key=fixed" equal "$(cmp -s first.sql second.sql && echo equal || echo "exit $?")"
seen "the custom format, twice" "exit 1" "$(pg_dump -Fc -f first; sleep 1; pg_dump -Fc -f second; cmp -s first second && echo equal || echo "exit $?")"
matters "backups that are kept by content are all new every night, and a test that compares a dump with its golden copy fails"
