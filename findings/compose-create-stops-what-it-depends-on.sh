#!/usr/bin/env bash
# `docker compose create --force-recreate api` also makes the running database anew, where its file has changed, and leaves it stopped.
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
  db: {image: "$project:1", command: [/wait], pull_policy: never, stop_grace_period: 0s, environment: {LEVEL: "\${LEVEL:-low}"}}
  api: {image: "$project:1", command: [/wait], pull_policy: never, stop_grace_period: 0s, depends_on: [db]}
YAML
up() { compose --progress quiet up -d; }
# same says of each service whether its container is the one of before, and its state.
ids() { compose ps -a --format '{{.Service}} {{.ID}}' | sort; }
same() {
	local service
	for service in api db; do
		echo "$service: $(grep -qx "$service $(ids | sed -n "s/^$service //p")" before && echo same || echo new), $(compose ps -a --format '{{.State}}' "$service")"
	done
}

version "$(compose version), engine $(docker version --format '{{.Server.Version}}')"
guess "create --force-recreate api makes api anew, and nothing else"
up
ids >before
seen "create --force-recreate api, where nothing has changed" $'api: new, created\ndb: same, running' "$(compose --progress quiet create --force-recreate api && same)"
up
ids >before
seen "the same with another LEVEL for db" $'api: new, created\ndb: new, created' "$(LEVEL=high compose --progress quiet create --force-recreate api && same)"
up
ids >before
seen "up --no-start --no-deps --force-recreate api with another LEVEL for db" $'api: new, created\ndb: same, running' \
	"$(LEVEL=high compose --progress quiet up --no-start --no-deps --force-recreate api && same)"
matters "a script that prepares one container ahead of a switch stops the database behind it; create has no --no-deps, up --no-start has"
