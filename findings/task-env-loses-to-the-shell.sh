#!/usr/bin/env bash
# go-task v3.54: `env:` of a Taskfile or a task loses to a variable of that name in the shell; a task's own loses as well.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

GOBIN=$dir GOWORK=off go install github.com/go-task/task/v3/cmd/task@v3.54.0 >go.log 2>&1 || { tail -n 15 go.log >&2; exit 1; }
version "go-task $(./task --version)"
cat >Taskfile.yml <<'END'
version: '3'
silent: true
env: {FINDING_MODE: file}
tasks:
  file: {cmds: ['echo $FINDING_MODE']}
  task: {env: {FINDING_MODE: task}, cmds: ['echo $FINDING_MODE']}
  inline: {cmds: ['FINDING_MODE=inline; echo $FINDING_MODE']}
  called: {cmds: [{task: var, vars: {FINDING_MODE: var}}]}
  var: {cmds: ['echo {{.FINDING_MODE}}']}
END
guess "what a task says of its environment is its environment, as with Make's export, Compose's environment and a CI job's env"
seen "without the variable in the shell" $'file\ntask' "$(./task file task)"
seen "FINDING_MODE=shell task file task" $'shell\nshell' "$(FINDING_MODE=shell ./task file task)"
seen "the same of a command that sets it, and of a variable that the call gives" $'inline\nvar' "$(FINDING_MODE=shell ./task inline called)"
matters "NODE_ENV: test or DATABASE_URL: of a test database is not in force for whoever has another one in the shell, and the tests run
          on that; the command has to set it, or the value is passed as a variable"
