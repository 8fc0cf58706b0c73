#!/usr/bin/env bash
# `docker compose scale api=2` makes the running api anew where its file has changed, and the database below.
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
  api:
    <<: *all
    depends_on: [db]
    environment: {LEVEL: "\${LEVEL:-low}"}
YAML
first() { compose ps --format '{{.Name}} {{.ID}}' "$1" | sed -n "s/^$project-$1-1 //p"; }
state() { echo "db: $([ "$db" = "$(first db)" ] && echo same || echo new), first api: $([ "$api" = "$(first api)" ] && echo same || echo new), of $(compose ps -q api | wc -l)"; }

version "$(compose version), engine $(docker version --format '{{.Server.Version}}')"
guess "scale sets how many there are, and the first stays what it is, as of docker service scale"
compose --progress quiet up -d
db=$(first db) api=$(first api)
compose --progress quiet scale api=2
seen "scale api=2, where nothing has changed" "db: same, first api: same, of 2" "$(state)"
LEVEL=high compose --progress quiet scale api=3
seen "LEVEL=high scale api=3" "db: new, first api: new, of 3" "$(state)"
db=$(first db) api=$(first api)
LEVEL=low compose --progress quiet scale --no-deps api=4
seen "LEVEL=low scale --no-deps api=4" "db: same, first api: new, of 4" "$(state)"
matters "more replicas are wanted under load: with a changed file or another variable that restarts all that run, and the database first;
          scale has no --no-recreate"
