#!/usr/bin/env bash
# pg_dump 15: a dump of `-n public` fails in every new database, for a `CREATE SCHEMA public`, and lacks the extensions that its tables need.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
remove() { postgres_stop; }
postgres_server
psql -q <<'SQL'
CREATE EXTENSION citext;
CREATE TABLE users (mail citext UNIQUE);
INSERT INTO users VALUES ('Jane@example.org');
SQL
# restored FILE runs it in a new database, and prints the exit code and the first error.
restored() {
	local code=0
	dropdb --if-exists copy 2>/dev/null
	createdb copy
	psql -q -v ON_ERROR_STOP=1 -d copy -f "$1" >/dev/null 2>said || code=$?
	echo "exit $code $(sed 's/^psql:[^ ]*: //;q' said)"
}

guess "where all tables are in public, -n public is the whole database and restores as that does"
pg_dump >all.sql
seen "a dump of the database, into a new one" "exit 0 " "$(restored all.sql)"
seen "pg_dump -n public" "exit 0" "$(pg_dump -n public >schema.sql && echo "exit $?")"
seen "that one, into a new database" 'exit 3 ERROR:  schema "public" already exists' "$(restored schema.sql)"
seen "the same without its CREATE SCHEMA" 'exit 3 ERROR:  type "public.citext" does not exist' \
	"$(grep -v '^CREATE SCHEMA' schema.sql >tables.sql && restored tables.sql)"
seen "pg_dump -n public -e '*' without its CREATE SCHEMA" "exit 0 " \
	"$(pg_dump -n public -e '*' | grep -v '^CREATE SCHEMA' >with.sql && restored with.sql)"
matters "without ON_ERROR_STOP the first error is passed over, and the tables that use an extension are the ones missing;
          a backup by schema needs -e '*', a restore that makes no schema, and a trial of it"
