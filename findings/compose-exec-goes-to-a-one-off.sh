#!/usr/bin/env bash
# `docker compose exec db …` and `export db` take a container that `run` has made, once db itself is stopped.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

# It needs a Docker engine: one image with busybox, and containers of it, all of this project's name.
project=finding-$$-$RANDOM
remove() {
	compose --progress quiet down -v --remove-orphans
	docker image rm "$project:1" >/dev/null
}

busybox_image "$project:1"
cat >compose.yaml <<YAML
name: $project
services:
  db:
    image: "$project:1"
    pull_policy: never
    stop_grace_period: 0s
    command: [/busybox, sleep, "1000"]
    ports: ["127.0.0.1:0:5432"]
YAML
version "$(compose version), engine $(docker version --format '{{.Server.Version}}')"
guess "where db does not run, exec, port and export say so, whatever run has started"
compose --progress quiet up -d
compose exec -T db /busybox sh -c 'echo of-db >/data'
compose --progress quiet stop db
code=0
compose exec -T db /busybox cat /data 2>error || code=$?
seen "stop, exec db cat /data" 'exit 1, service "db" is not running' "exit $code, $(cat error)"
one=$(compose --progress quiet run -d --service-ports db)
docker exec "$one" /busybox sh -c 'echo of-run >/data'
seen "run -d db, exec db cat /data" of-run "$(compose exec -T db /busybox cat /data)"
seen "export db" of-run "$(compose --progress quiet export db | tar -xO data)"
seen "port db 5432" "$(docker port "$one" 5432)" "$(compose port db 5432)"
compose --progress quiet cp db:/data data
seen "cp db:/data" of-db "$(cat data)"
code=0
compose exec -T --index 1 db /busybox cat /data 2>error || code=$?
seen "exec --index 1 db cat /data" 'exit 1, service "db" is not running container #1' "exit $code, $(cat error)"
seen "ps -q" "" "$(compose ps -q)"
matters "a dump by exec beside somebody's shell of run, after a crash of the database, is that of an empty container, exit 0; ps shows nothing
          of it. A script says --index 1"
