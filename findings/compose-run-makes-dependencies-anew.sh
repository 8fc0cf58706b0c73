#!/usr/bin/env bash
# `docker compose run api true` makes a running database anew where its file has changed, and takes replicas away.
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
  db:
    <<: *all
    environment: {LEVEL: "\${LEVEL:-low}"}
  worker: *all
  api:
    <<: *all
    depends_on: [db, worker]
YAML
state() { echo "db: $([ "$db" = "$(compose ps -q db)" ] && echo same || echo new), api: $([ "$api" = "$(compose ps -q api)" ] && echo same || echo new), workers: $(compose ps -q worker | wc -l)"; }

version "$(compose version), engine $(docker version --format '{{.Server.Version}}')"
guess "run starts what is not running, as its manual says of linked services, and leaves alone what is"
compose --progress quiet up -d --scale worker=3
db=$(compose ps -q db) api=$(compose ps -q api)
seen "up -d --scale worker=3" "db: same, api: same, workers: 3" "$(state)"
LEVEL=high compose --progress quiet run --rm api /busybox true
seen "LEVEL=high run --rm api true" "db: new, api: same, workers: 1" "$(state)"
db=$(compose ps -q db)
LEVEL=low compose --progress quiet run --rm --no-deps api /busybox true
seen "LEVEL=low run --rm --no-deps api true" "db: same, api: same, workers: 1" "$(state)"
matters "a shell, a test or a one-off task from another branch or with another variable restarts the database below the running application
          and ends two of three workers, in the middle of what they do"
