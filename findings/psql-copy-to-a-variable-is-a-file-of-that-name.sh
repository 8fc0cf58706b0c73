#!/usr/bin/env bash
# psql 15: `\copy item to :file` writes a file called `:file`, exit 0; and a `\copy` of a query that fails has emptied the file that was there.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
remove() { postgres_stop; }
postgres_server
psql -Xqc 'create table item as select 1 as id'
mkdir backup
# run SCRIPT prints the exit code of psql with a variable file, and the files that are there.
run() {
	local code=0
	psql -Xq -v ON_ERROR_STOP=1 -v file=backup/item.csv >/dev/null 2>&1 <<<"$1" || code=$?
	echo "exit $code"
	find . -path ./cluster -prune -o -type f -printf '%P %s bytes\n' | sort
}
guess "a variable is put into \\copy as into other commands of psql, or refused"
seen '\o :file, a query' $'exit 0\nbackup/item.csv 23 bytes' "$(run $'\\o :file\nselect id from item;')"
rm backup/item.csv
seen '\copy item to :file' $'exit 0\n:file 2 bytes' "$(run '\copy item to :file')"
rm :file
seen "\\copy item to ':file'" $'exit 0\n:file 2 bytes' "$(run "\\copy item to ':file'")"
rm :file
seen "copy item to stdout \\g :file" $'exit 0\nbackup/item.csv 2 bytes' "$(run 'copy item to stdout \g :file')"
seen '\copy itme to backup/item.csv, over that of before' $'exit 3\nbackup/item.csv 0 bytes' "$(run '\copy itme to backup/item.csv')"
matters "an export by a script with -v file=… succeeds each night, over one file in whatever directory it was called in, and the place of the
          backups stays empty; a misspelt or renamed table takes the export of the day before away. copy … to stdout \\g :file, to a new name"
