#!/usr/bin/env bash
# Compose: `down -v web` deletes the volumes of what web depends on as well, where no container has them in use.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

# It needs a Docker engine: one image with busybox, and containers and volumes, all of this project's name.
project=finding-$$-$RANDOM
remove() {
	compose --progress quiet down -v
	docker image rm "$project:1" >/dev/null
}

busybox_image "$project:1"
cat >compose.yaml <<YAML
name: $project
services:
  web: {image: "$project:1", pull_policy: never, stop_grace_period: 0s, command: [/busybox, sleep, "1000"], depends_on: [db], volumes: ["cache:/cache"]}
  db: {image: "$project:1", pull_policy: never, stop_grace_period: 0s, command: [/busybox, sleep, "1000"], volumes: ["data:/data"]}
volumes: {cache: {}, data: {}}
YAML
# is_there prints the services that have a container, and the volumes.
is_there() { echo "$(compose ps -a --services | sort | tr '\n' ' ')/ $(docker volume ls -q --filter "label=com.docker.compose.project=$project" | sed "s/$project.//" | sort | tr '\n' ' ')"; }

version "$(compose version), engine $(docker version --format '{{.Server.Version}}')"
guess "down -v with a service means that service: its container and its volumes"
compose --progress quiet up -d
seen "up -d" "db web / cache data " "$(is_there)"
compose --progress quiet down
seen "down" " / cache data " "$(is_there)"
compose --progress quiet up -d --no-deps web
compose --progress quiet down -v web
seen "up -d --no-deps web, then down -v web" " / " "$(is_there)"
compose --progress quiet up -d
code=0
compose --progress quiet down -v web || code=$?
seen "up -d, then down -v web" $'exit 0\ndb / data ' "exit $code
$(is_there)"
matters "the database's volume, which the down before had left on purpose, goes with the cache of the one service that was named, as web
          depends on db; only while a container has it in use does it stay, and the exit code is the same"
