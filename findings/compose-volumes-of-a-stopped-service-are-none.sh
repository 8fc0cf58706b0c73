#!/usr/bin/env bash
# `docker compose volumes db` tells nothing of a stopped db, and never of an external volume; exit 0.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

# It needs a Docker engine: one image with busybox, a container of it and volumes, all of this project's name.
project=finding-$$-$RANDOM
remove() {
	compose --progress quiet down -v --remove-orphans
	docker volume rm "$project-mine" >/dev/null
	docker image rm "$project:1" >/dev/null
}

busybox_image "$project:1"
docker volume create "$project-mine" >/dev/null
cat >compose.yaml <<YAML
name: $project
services:
  db:
    image: "$project:1"
    pull_policy: never
    stop_grace_period: 0s
    command: [/busybox, sleep, "1000"]
    volumes: ["data:/data", "mine:/mine"]
volumes: {data: {}, mine: {external: true, name: "$project-mine"}}
YAML
volumes() { compose volumes -q "$@" | sed "s/$project//"; }

version "$(compose version), engine $(docker version --format '{{.Server.Version}}')"
guess "volumes db lists the volumes of db: two, whether it runs or not"
compose --progress quiet up -d
seen "docker compose volumes db" _data "$(volumes db)"
compose --progress quiet stop
seen "after docker compose stop: volumes db, exit 0" "" "$(volumes db)"
seen "volumes" _data "$(volumes)"
seen "docker inspect of db" $'-mine\n_data' "$(docker inspect -f '{{range .Mounts}}{{println .Name}}{{end}}' "$(compose ps -aq db)" | sed "s/$project//;/^$/d" | sort)"
matters "a backup that stops the database first, as it has to, and then asks which volumes to copy copies none and goes well; one that asks
          before still leaves out the external one"
