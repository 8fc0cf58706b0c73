#!/usr/bin/env bash
# pg_isready 15: exit 0, 'accepting connections', where every connection is taken and none is accepted, and for a database that is not there.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
remove() { postgres_stop; }
postgres_server
printf '%s\n' 'max_wal_senders = 0' 'superuser_reserved_connections = 0' 'max_connections = 1' >>cluster/data/postgresql.conf
"${postgres[@]}" pg_ctl -D cluster/data -m fast -l cluster/log -w restart >/dev/null

# ready OPTION… prints the exit code of pg_isready, and what it says after the address; query does that for psql.
ready() {
	local code=0 said
	said=$(pg_isready "$@") || code=$?
	echo "exit $code, ${said#* - }"
}
query() {
	local code=0
	psql -XAtc 'select 1' "$@" >said 2>&1 || code=$?
	echo "exit $code, $(sed 's/.*failed: //' said)"
}
accepting='exit 0, accepting connections'
guess "pg_isready fails where the server refuses the connection; the names of user and database alone it does not look at"
patiently psql -Xqc 'select 1' >/dev/null 2>&1
seen "pg_isready and psql, with one connection that is free" "$accepting"$'\nexit 0, 1' "$(ready; query)"
coproc psql -XAtq
holder=$COPROC_PID
echo "select 'connected';" >&"${COPROC[1]}"
read -r _ <&"${COPROC[0]}"
seen "both with every connection taken" "$accepting"$'\nexit 2, FATAL:  sorry, too many clients already' "$(ready; query)"
echo '\q' >&"${COPROC[1]}"
wait "$holder"
seen "pg_isready -d orders -U nobody, neither of which is there" "$accepting" "$(ready -d orders -U nobody)"
patiently psql -Xqd postgres -c 'alter database app allow_connections false' >/dev/null 2>&1
seen "pg_isready -d app and psql -d app, closed by allow_connections false" \
	"$accepting"$'\nexit 2, FATAL:  database "app" is not currently accepting connections' "$(ready -d app; query -d app)"
matters "a health check by pg_isready stays green while a pool that leaks has taken the last connection, and before the database is made or restored:
          what depends on it is started and fails. psql -c 'select 1' as the application's user asks what is meant"
