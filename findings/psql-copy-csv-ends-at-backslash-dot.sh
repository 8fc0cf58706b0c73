#!/usr/bin/env bash
# PostgreSQL 15: a CSV file with the value \\. on a line of its own is read up to there, by COPY and by psql's \\copy, exit 0.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
remove() { postgres_stop; }

postgres_server
psql -Xq -c 'create table ignored (pattern text)'
printf '%s\n' '*.log' '\.' 'tmp/' '.env' >patterns.csv # as any CSV writer does: nothing in it wants quotes
# read_in COMMAND… empties the table, and prints how the command ended, and the rows.
read_in() {
	psql -Xq -c 'truncate ignored'
	local code=0
	"$@" >said 2>&1 || code=$?
	echo "exit $code: $(tr '\n' ' ' <said)"
	psql -XAtc 'select pattern from ignored'
}
from_stdin() { psql -X -v ON_ERROR_STOP=1 -c 'copy ignored from stdin (format csv)' <patterns.csv; }
guess "in CSV a backslash is a character like others: four rows"
seen "\\copy ignored from patterns.csv (format csv)" $'exit 0: COPY 1 \n*.log' \
	"$(read_in psql -X -v ON_ERROR_STOP=1 -c "\\copy ignored from patterns.csv (format csv)")"
seen "copy ignored from stdin (format csv)" $'exit 0: COPY 1 \n*.log' "$(read_in from_stdin)"
psql -Xq -c 'truncate ignored' -c "insert into ignored values ('*.log'), ('\\.'), ('tmp/')" -c '\copy ignored to own.csv (format csv)'
seen "what COPY itself writes" $'*.log\n"\\."\ntmp/' "$(cat own.csv)"
matters "an import of a file that another program wrote loses all that comes after such a line, and COPY's count is the only sign; PostgreSQL's
          own files are safe, as it quotes the value, so that no round trip shows it"
