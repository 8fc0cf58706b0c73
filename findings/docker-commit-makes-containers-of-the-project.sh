#!/usr/bin/env bash
# An image that was committed of a Compose container makes containers of that project: Compose counts, stops and deletes them.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

# It needs a Docker engine: one image with busybox, and containers of it, all of this project's name.
project=finding-$$-$RANDOM
remove() {
	docker rm -f "$project-mine" >/dev/null 2>&1
	compose --progress quiet down
	docker image rm "$project:1" "$project:kept" >/dev/null
}

busybox_image "$project:1"
cat >compose.yaml <<YAML
name: $project
services:
  web:
    image: "$project:1"
    pull_policy: never
    stop_grace_period: 0s
    command: [/busybox, sleep, "1000"]
YAML
# names lists what docker compose ps -a has.
names() { compose ps -a --format '{{.Name}}' | sed "s/$project-//" | sort | tr '\n' ' '; }

version "$(compose version), engine $(docker version --format '{{.Server.Version}}')"
guess "the labels by which Compose knows its containers are the container's: what docker run makes of the image is nobody's"
compose --progress quiet up -d
docker commit "$(compose ps -q web)" "$project:kept" >/dev/null
docker run -d --name "$project-mine" "$project:kept" >/dev/null
seen "docker compose ps -a" "mine web-1 " "$(names)"
compose --progress quiet up -d
seen "after docker compose up -d, of a service with one container" "web-1 " "$(names)"
matters "a container that was kept to look into a failure is stopped and deleted with all that was written in it, by the next up or down of
          the project, on every machine that has a project of this name"
