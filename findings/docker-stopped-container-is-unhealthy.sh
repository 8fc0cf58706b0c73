#!/usr/bin/env bash
# Docker: a healthy container that was stopped properly is "unhealthy" from then on, and `docker ps -a --filter health=unhealthy` lists it.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

# It needs a Docker engine: one image and one container, of this name.
name=finding-$$-$RANDOM
remove() {
	docker rm -f "$name" >/dev/null
	docker image rm "$name:1" >/dev/null
}
shell_image "$name:1"
health() { docker inspect -f '{{.State.Status}} {{.State.ExitCode}} {{.State.Health.Status}}' "$name"; }
healthy() { [ "$(docker inspect -f '{{.State.Health.Status}}' "$name")" = healthy ]; }
docker run -d --name "$name" --health-cmd true --health-interval 200ms "$name:1" sh -c 'trap "exit 0" TERM; while :; do sleep 0.1; done' >/dev/null

version "Docker engine $(docker version -f '{{.Server.Version}}')"
guess "a container that is down has no health, or the last one that was seen"
patiently healthy
seen "while it runs" "running 0 healthy" "$(health)"
docker stop "$name" >/dev/null
seen "after docker stop" "exited 0 unhealthy" "$(health)"
seen "docker ps -a --filter health=unhealthy" "$name Exited (0)" \
	"$(docker ps -a --filter health=unhealthy --filter "name=$name" --format '{{.Names}} {{.Status}}' | sed 's/ [^ ]* second.*//;s/ Less.*//')"
matters "a report or an alarm of unhealthy containers names everything that was stopped on purpose; health is only to be
          read beside the state"
