#!/usr/bin/env bash
# Compose: deploy.restart_policy {condition: any, max_attempts: 3} passes `config` and is refused by the engine, with the other services created.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

# It needs a Docker engine: one image with a program that waits, and containers of it, all of this project's name.
project=finding-$$-$RANDOM
remove() {
	compose --progress quiet down
	docker image rm "$project:1" >/dev/null
}

mkdir wait root
printf 'package main\n\nimport "time"\n\nfunc main() { time.Sleep(time.Hour) }\n' >wait/main.go
CGO_ENABLED=0 go build -o root/wait wait/main.go
tar -cf image.tar -C root wait
docker import image.tar "$project:1" >/dev/null
cat >compose.yaml <<YAML
name: $project
services:
  worker:
    image: "$project:1"
    command: [/wait]
    pull_policy: never
    depends_on: [db]
    deploy: {restart_policy: {condition: any, max_attempts: 3}}
  db: {image: "$project:1", command: [/wait], pull_policy: never, deploy: {restart_policy: {condition: on-failure, max_attempts: 3}}}
YAML

version "$(compose version), engine $(docker version --format '{{.Server.Version}}')"
guess "always has no limit, so the attempts are left out, or config says that they cannot be had"
seen "config" "valid" "$(compose config --quiet && echo valid)"
seen "create" $'Error response from daemon: maximum retry count cannot be used with restart policy \'always\'\nexit code 1' \
	"$(compose --progress quiet create >said 2>&1 && code=0 || code=$?; tail -n 1 said; echo "exit code $code")"
seen "what is there after it" "db created" "$(compose ps -a --format '{{.Service}} {{.State}}')"
matters "a file that docker stack deploy takes stops an up in the middle; restart: always in its place has no limit"
