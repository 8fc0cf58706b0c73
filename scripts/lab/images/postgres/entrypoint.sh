#!/usr/bin/env bash
# Creates the database cluster on the first start, as the official PostgreSQL image does, and then
# becomes the server. While it initialises, the server listens on its Unix socket only.
set -euo pipefail

main() {
	[ "${1:-}" = postgres ] || exec "$@"
	[ -s "$PGDATA/PG_VERSION" ] || initialise
	unset POSTGRES_PASSWORD PGPASSWORD
	exec "$@" -c "listen_addresses=*"
}

initialise() {
	ls /docker-entrypoint-initdb.d >/dev/null # or scripts that must not be read would be skipped without a word
	export POSTGRES_USER=${POSTGRES_USER:-postgres}
	export POSTGRES_DB=${POSTGRES_DB:-$POSTGRES_USER}
	if [ -n "${POSTGRES_PASSWORD_FILE:-}" ]; then POSTGRES_PASSWORD=$(<"$POSTGRES_PASSWORD_FILE"); fi
	if [ -z "${POSTGRES_PASSWORD:-}" ]; then
		echo "entrypoint: POSTGRES_PASSWORD is not set: the server would have no password" >&2
		exit 1
	fi
	# The password goes through a pipe, for a command line is everybody's to read.
	initdb --no-sync --username="$POSTGRES_USER" --auth=scram-sha-256 --encoding=UTF8 \
		--pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") >/dev/null
	printf '\nhost all all all scram-sha-256\n' >>"$PGDATA/pg_hba.conf"

	export PGUSER=$POSTGRES_USER PGPASSWORD=$POSTGRES_PASSWORD PGHOST=/var/run/postgresql
	pg_ctl --wait --options="-c listen_addresses=''" start
	create_database
	run_scripts
	pg_ctl --wait --mode=fast stop
	unset PGUSER PGHOST
	echo "entrypoint: PostgreSQL init process complete; ready for start up."
}

create_database() {
	[ "$POSTGRES_DB" != postgres ] || return 0
	psql --quiet --no-psqlrc --set=ON_ERROR_STOP=1 --dbname=postgres --set=name="$POSTGRES_DB" \
		<<<'CREATE DATABASE :"name";'
}

run_scripts() {
	local file
	for file in /docker-entrypoint-initdb.d/*; do
		case $file in
		*.sql)
			echo "entrypoint: running $file"
			psql --quiet --no-psqlrc --set=ON_ERROR_STOP=1 --dbname="$POSTGRES_DB" --file="$file"
			;;
		*.sh)
			echo "entrypoint: running $file"
			bash "$file"
			;;
		esac
	done
}

main "$@"
