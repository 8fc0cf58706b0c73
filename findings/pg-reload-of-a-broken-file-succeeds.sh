#!/usr/bin/env bash
# PostgreSQL 15: pg_ctl reload and pg_reload_conf() of a file with a wrong value succeed, half of it is in force, and the next start fails.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
remove() { postgres_stop || true; }

postgres_server
guess "a file with a wrong value makes the reload fail, as it does the start, and is not in force"
printf '%s\n' "work_mem = '12MB'" "statement_timeout = '30 secs'" >>cluster/data/postgresql.conf
code=0
said=$("${postgres[@]}" pg_ctl -D cluster/data reload 2>&1) || code=$?
seen "pg_ctl reload, where one value is wrong" "exit 0: server signaled" "exit $code: $said"
seen "select pg_reload_conf()" t "$(psql -XAtc 'select pg_reload_conf()')"
patiently grep -q 'unaffected changes were applied\|no changes were applied' cluster/log
seen "the other setting of the same file" 12MB "$(psql -XAtc 'show work_mem')"
seen "what pg_file_settings says" 'statement_timeout: setting could not be applied' \
	"$(psql -XAtc "select name || ': ' || error from pg_file_settings where error is not null")"
code=0
"${postgres[@]}" pg_ctl -D cluster/data -w restart >/dev/null 2>&1 || code=$?
seen "pg_ctl restart" "exit 1" "exit $code"
seen "what answers then" "nothing" "$(pg_isready -q && echo server || echo nothing)"
matters "a deployment that writes settings and reloads is told that it worked; the server runs on for months without one of them, and is down
          after the next power cut. pg_file_settings is what knows, and can be asked before the reload"
