#!/usr/bin/env bash
# Compose: another `name:` of a network takes its containers to the new one, and from engine 24 on none of them starts again.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

# It needs a Docker engine past 23: one image with busybox, and a container and networks of it, all of this project's name.
engine=$(docker version --format '{{.Server.Version}}')
[ "${engine%%.*}" -ge 24 ] || { echo "needs an engine past 23: scripts/lab/engine.sh 26 exec $0" >&2; exit 1; }
project=finding-$$-$RANDOM
remove() {
	NETWORK=two compose --progress quiet down
	docker image rm "$project:1" >/dev/null
}

busybox_image "$project:1"
cat >compose.yaml <<YAML
name: $project
services: {app: {image: "$project:1", pull_policy: never, stop_grace_period: 0s, command: [/busybox, sleep, "1000"], networks: [back]}}
networks: {back: {name: "$project-\$NETWORK"}}
YAML
# up says how it went, and how the container is then.
up() {
	local code=0
	compose --progress quiet up -d "$@" >out 2>&1 || code=$?
	printf 'exit %s, %s\n' "$code" "$(docker inspect -f '{{.State.Status}}, {{range $name, $_ := .NetworkSettings.Networks}}on {{$name}}{{end}}, made on {{.HostConfig.NetworkMode}}' "$(compose ps -aq)")"
	grep -o 'could not find a network matching network mode' out | tail -n 1 || true
}

version "$(compose version), engine $engine"
guess "the container is made anew on the network of the new name, or goes on there"
export NETWORK=one
compose --progress quiet up -d
export NETWORK=two
left="exit 1, exited, on $project-two, made on $project-one"$'\n'"could not find a network matching network mode"
seen "up -d with the other name" "$left" "$(up)"
seen "up -d once more" "$left" "$(up)"
seen "up -d --force-recreate" "exit 0, running, on $project-two, made on $project-two" "$(up --force-recreate)"
matters "a name in the files ends a service for good, with Compose itself having removed the network that it is told to look for;
          the engine finds the network that a container was made on at each start, although it is on another one by then
          (moby daemon/container_operations.go; engine 20.10 starts it)"
