#!/usr/bin/env bash
# psql 15: with ON_ERROR_STOP a program that fails behind `\!`, `\g |`, `\o |`, `-o '|…'` or in backquotes stops nothing, exit 0; that of `\copy` does.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
remove() { postgres_stop; }
postgres_server
psql -Xqc 'create table item as select n as id from generate_series(1, 3) n'
# run SCRIPT OPTION… prints the exit code, and whether psql came to the line after it.
run() {
	local code=0
	printf '%s\n\\o\n\\warn and the next line\n' "$1" >script
	psql -XAtq -v ON_ERROR_STOP=1 "${@:2}" -f script >out 2>said || code=$?
	echo "exit $code$(grep -q 'and the next line' said && echo ', and the next line')"
}
guess "with ON_ERROR_STOP=1 a script ends with 3 at the first thing that fails"
seen "select 1/0;" 'exit 3' "$(run 'select 1/0;')"
seen '\copy item to program '"'cat >item; false'" 'exit 3' "$(run '\copy item to program '"'cat >item; false'")"
ok='exit 0, and the next line'
seen 'select * from item \g | cat >item; false' "$ok" "$(run 'select * from item \g | cat >item; false')"
seen '\o | cat >item; false' "$ok" "$(run $'\\o | cat >item; false\nselect * from item;')"
seen "psql -o '|cat >item; false'" "$ok" "$(run 'select * from item;' -o '|cat >item; false')"
seen '\! false' "$ok" "$(run '\! false')"
seen '\set name'" \`false\`" "$ok" "$(run '\set name'" \`false\`")"
printf '%s\n' 'drop table item;' >after
seen '\o | gzip >/dev/full with the rows, then a drop table' 'exit 0, rows left: no table' "$(
	code=0
	psql -XAtq -v ON_ERROR_STOP=1 -c '\o | gzip 2>/dev/null >/dev/full' -c 'select * from item' -c '\o' -f after || code=$?
	echo "exit $code, rows left: $(psql -XAtc 'select count(*) from item' 2>/dev/null || echo no table)"
)"
matters "a script that exports rows through gzip or a client of a store and deletes them then goes on over a full disk or a refused upload;
          version 15 has no variable of the exit code either. \\copy … to program tells, or the shell's own pipe with pipefail"
