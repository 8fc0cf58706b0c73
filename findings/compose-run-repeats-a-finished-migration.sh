#!/usr/bin/env bash
# Each `docker compose run api …` and `start api` runs a migration again that has completed, while api is running.
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
x-all: &all {image: "$project:1", pull_policy: never, stop_grace_period: 0s}
services:
  migrate:
    <<: *all
    command: [/busybox, echo, migrated]
  api:
    <<: *all
    command: [/busybox, sleep, "1000"]
    depends_on: {migrate: {condition: service_completed_successfully}}
YAML
# runs says how often migrate has run, and whether api is the container of before.
runs() { echo "$(compose logs --no-log-prefix migrate | grep -c migrated), api $([ "$api" = "$(docker inspect -f '{{.State.StartedAt}}' "$(compose ps -q api)")" ] && echo "went on" || echo "was started")"; }

version "$(compose version), engine $(docker version --format '{{.Server.Version}}')"
guess "service_completed_successfully is met: migrate has completed, and nothing of it has changed"
compose --progress quiet up -d
api=$(docker inspect -f '{{.State.StartedAt}}' "$(compose ps -q api)")
seen "after docker compose up -d" "1, api went on" "$(runs)"
compose --progress quiet run --rm api /busybox true
seen "after docker compose run --rm api true" "2, api went on" "$(runs)"
compose --progress quiet start api
seen "after docker compose start api" "3, api went on" "$(runs)"
compose --progress quiet up -d api
seen "after docker compose up -d api" "4, api went on" "$(runs)"
compose --progress quiet exec -T api /busybox true
compose --progress quiet run --rm --no-deps api /busybox true
seen "after exec, and run --no-deps" "4, api went on" "$(runs)"
matters "who opens a shell with run migrates or imports anew below an application that runs; a migration of a newer branch's image is
          one that nobody asked for. run has --no-deps, start has not"
