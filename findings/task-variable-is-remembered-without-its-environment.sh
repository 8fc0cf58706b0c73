#!/usr/bin/env bash
# go-task v3.54: a variable of a command that reads the environment has, in every later call, the value of the first.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

GOBIN=$dir GOWORK=off go install github.com/go-task/task/v3/cmd/task@v3.54.0 >go.log 2>&1 || { tail -n 15 go.log >&2; exit 1; }
version "go-task $(./task --version)"
cat >Taskfile.yml <<'END'
version: '3'
silent: true
tasks:
  deploy-all:
    cmds:
      - {task: deploy, vars: {ENVIRONMENT: staging}}
      - {task: deploy, vars: {ENVIRONMENT: production}}
  deploy:
    vars:
      HOST: {sh: 'echo "$ENVIRONMENT.example.com"'}
    cmds: ['echo {{.ENVIRONMENT}} goes to {{.HOST}}']
  templated-all:
    cmds:
      - {task: templated, vars: {ENVIRONMENT: staging}}
      - {task: templated, vars: {ENVIRONMENT: production}}
  templated:
    vars:
      HOST: {sh: 'echo "{{.ENVIRONMENT}}.example.com"'}
    cmds: ['echo {{.ENVIRONMENT}} goes to {{.HOST}}']
END
guess "the command has the variables of its call in its environment, and so it is run for each call"
seen "one call at a time" 'staging goes to staging.example.com
production goes to production.example.com' "$(./task deploy ENVIRONMENT=staging; ./task deploy ENVIRONMENT=production)"
seen "both from one task" 'staging goes to staging.example.com
production goes to staging.example.com' "$(./task deploy-all)"
seen "the same with {{.ENVIRONMENT}} in the place of \$ENVIRONMENT" 'staging goes to staging.example.com
production goes to production.example.com' "$(./task templated-all)"
matters "what a command prints is kept for the whole run under its text: each call that was tried by itself is right,
          and the task that makes all of them sends the second to the first's host"
