#!/usr/bin/env bash
# `docker compose kill -s HUP web` also signals what `compose run` has started of web; stop and restart leave that alone.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

# It needs a Docker engine: one image with busybox, and containers of it, all of this project's name.
project=finding-$$-$RANDOM
remove() {
	compose --progress quiet down --remove-orphans
	docker image rm "$project:1" >/dev/null
}

busybox_image "$project:1"
cat >compose.yaml <<YAML
name: $project
services:
  web:
    image: "$project:1"
    pull_policy: never
    stop_grace_period: 0s
    command: [/busybox, sh, -c, 'trap "echo signal" HUP; echo ready; while :; do /busybox sleep 0.1; done']
YAML
compose --progress quiet up -d
one=$(compose --progress quiet run -d web)
web=$(compose ps -q web)
# log CONTAINER prints what it has written and whether it runs.
log() { echo "$(docker logs "$1" | tr '\n' ' ')$(docker inspect -f '{{.State.Status}}' "$1")"; }
has() { docker logs "$2" | grep -qx "$1"; }
patiently has ready "$one"
patiently has ready "$web"

version "$(compose version), engine $(docker version --format '{{.Server.Version}}')"
guess "kill means what stop and restart mean by web: the containers of up"
compose --progress quiet kill -s HUP web
patiently has signal "$web"
sleep 0.5
seen "kill -s HUP web: web" "ready signal running" "$(log "$web")"
seen "the container of run" "ready signal running" "$(log "$one")"
compose --progress quiet stop web
seen "stop web: web" "ready signal exited" "$(log "$web")"
seen "the container of run" "ready signal running" "$(log "$one")"
compose --progress quiet up -d
compose --progress quiet kill web
seen "kill web: the container of run" "ready signal exited" "$(log "$one")"
matters "a reload by HUP reaches each migration and shell that somebody has started with run, and a plain kill ends them; compose kill has
          no flag that leaves them out, docker kill takes one container"
