#!/usr/bin/env bash
# Compose: once the network of a stopped project is removed, as by `docker network prune`, no `up -d` starts the project again.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

# It needs a Docker engine: one image with busybox, and a container and networks of it, all of this project's name.
project=finding-$$-$RANDOM
remove() {
	compose --progress quiet down
	docker image rm "$project:1" >/dev/null
}

busybox_image "$project:1"
cat >compose.yaml <<YAML
name: $project
services: {app: {image: "$project:1", pull_policy: never, stop_grace_period: 0s, command: [/busybox, sleep, "1000"]}}
YAML
# up says how it went, and how the container is then. The network's ID is another each time.
up() {
	local code=0
	compose --progress quiet up -d "$@" >out 2>&1 || code=$?
	printf 'exit %s, %s\n' "$code" "$(docker inspect -f '{{.State.Status}}' "$(compose ps -aq)")"
	grep -o 'network [0-9a-f]* not found' out | sed 's/ [0-9a-f]\{64\} / ID /' | tail -n 1 || true
}

version "$(compose version), engine $(docker version --format '{{.Server.Version}}')"
guess "up makes what is missing: the network, and the container that was on the old one"
compose --progress quiet up -d
compose --progress quiet stop
docker network rm "${project}_default" >/dev/null # which prune does to each that no running container is on
seen "up -d" $'exit 1, exited\nnetwork ID not found' "$(up)"
seen "up -d once more, with the network there" $'exit 1, exited\nnetwork ID not found' "$(up)"
seen "up -d --force-recreate" "exit 0, running" "$(up --force-recreate)"
matters "for prune a stopped project uses no network: after it the project is not brought up by what brings it up each day, and the
          message names a network that nobody can make"
