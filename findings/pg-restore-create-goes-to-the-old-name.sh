#!/usr/bin/env bash
# PostgreSQL 15: pg_restore --clean --create -d staging drops and fills the database that the dump was made of, and leaves staging as it is.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
remove() { postgres_stop; }

postgres_server
psql -Xq -c 'create table orders (id int)' -c 'insert into orders values (1)'
pg_dump -Fc -f app.dump
createdb staging
psql -Xq -d staging -c 'create table old (id int)'
psql -Xq -c 'insert into orders values (2), (3)' # since the dump
# tables DATABASE prints its tables and their rows.
tables() { psql -XAt -d "$1" -c "select relname || ': ' || (xpath('/row/n/text()', query_to_xml('select count(*) as n from ' || relname, false, true, '')))[1] from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"; }
guess "-d names the database that is restored into: --clean --create makes staging anew from the dump"
seen "before: app and staging" $'orders: 3\nold: 0' "$(tables app; tables staging)"
code=0
pg_restore --clean --if-exists --create -d staging app.dump || code=$?
seen "exit code of pg_restore --clean --if-exists --create -d staging" 0 "$code"
seen "after: app and staging" $'orders: 1\nold: 0' "$(tables app; tables staging)"
matters "with --create, -d is only where it connects to begin with: who refreshes staging from last night's dump on the same server drops the live
          database, has yesterday's in its place, and is told that all went well. Without --create it goes where -d says"
