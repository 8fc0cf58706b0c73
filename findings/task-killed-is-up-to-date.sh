#!/usr/bin/env bash
# go-task v3.54: a task that was killed half way is "up to date" the next time.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

GOBIN=$dir GOWORK=off go install github.com/go-task/task/v3/cmd/task@v3.54.0 >go.log 2>&1 || { tail -n 15 go.log >&2; exit 1; }
version "go-task $(./task --version)"
cat >Taskfile.yml <<'END'
version: '3'
tasks:
  test:
    sources: [input]
    cmds: ['echo began >began; sleep 300; echo passed >result']
END
echo 1 >input
guess "what it notes of a run it notes when that has succeeded, so a run that got KILL is made again"

setsid ./task test >/dev/null 2>&1 &
group=$!
remove() { kill -KILL -- "-$group" 2>/dev/null; }
patiently test -e began
kill -KILL -- "-$group"
wait "$group" 2>/dev/null || true
seen "the next run" 'task: Task "test" is up to date' "$(timeout 20 ./task test 2>&1 || echo "ended with $?")"
seen "what it should have made" "none" "$([ -e result ] && echo there || echo none)"
matters "the sum is written before the commands run, and taken back where one fails: an out-of-memory kill, a pipeline's time limit or
          a power cut is a green run afterwards. A result is to be kept when it is whole, and not before"
