#!/usr/bin/env bash
# `docker compose up -d --no-recreate`, of what depends on it too, deletes the replicas that `scale` has added.
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
x-all: &all {image: "$project:1", pull_policy: never, stop_grace_period: 0s, command: [/busybox, sleep, "1000"]}
services:
  worker: *all
  api:
    <<: *all
    depends_on: [worker]
  web: *all
YAML
workers() { compose ps -aq worker | wc -l; }

version "$(compose version), engine $(docker version --format '{{.Server.Version}}')"
guess "if containers already exist, don't recreate them: what is there stays"
compose --progress quiet up -d
compose --progress quiet scale worker=3
compose --progress quiet up -d --no-recreate web
seen "scale worker=3, up -d --no-recreate web" 3 "$(workers)"
compose --progress quiet up -d --no-recreate --no-deps api
seen "up -d --no-recreate --no-deps api" 3 "$(workers)"
compose --progress quiet up -d --no-recreate api
seen "up -d --no-recreate api, which depends on worker" 1 "$(workers)"
compose --progress quiet scale worker=3
compose --progress quiet create --no-recreate
seen "scale worker=3, create --no-recreate" 1 "$(workers)"
matters "what was scaled by hand under load, or by a script, is ended by the next start of something else, in the middle of its work; only
          scale: in a file, or --scale on every call, keeps it"
