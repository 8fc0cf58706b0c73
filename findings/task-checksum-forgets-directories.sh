#!/usr/bin/env bash
# go-task v3.54: a source that was moved to another directory, and one whose end has become the next one's, leave the task "up to date".
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

GOBIN=$dir GOWORK=off go install github.com/go-task/task/v3/cmd/task@v3.54.0 >go.log 2>&1 || { tail -n 15 go.log >&2; exit 1; }
version "go-task $(./task --version)"
cat >Taskfile.yml <<'END'
version: '3'
tasks:
  pack:
    sources: ['src/**/*']
    cmds: ['grep -r . src | sort >packed']
END
guess "method: checksum, the default, knows a source by its path and its content, so both changes run the task"

pack() { ./task pack 2>&1 | sed 's/^task: //'; }
mkdir -p src/en src/fr
echo hello >src/en/page
pack >/dev/null
mv src/en/page src/fr/page
seen "after mv src/en/page src/fr/page" 'Task "pack" is up to date' "$(pack)"
rm -r src
mkdir src
printf 'price ' >src/a
printf '7' >src/b
pack >/dev/null
printf 'price b7' >src/a
rm src/b
seen "after b was removed and a has b's name and content at its end" 'Task "pack" is up to date' "$(pack)"
seen "what is packed" "src/a:price 
src/b:7" "$(cat packed)"
matters "the sum is of base names and contents in one stream: a key needs the whole path and where each part ends"
