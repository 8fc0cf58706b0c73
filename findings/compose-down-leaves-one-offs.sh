#!/usr/bin/env bash
# `docker compose down` leaves what `run` has started, running with the project's network, and ends with 0.
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
services:
  web:
    image: "$project:1"
    pull_policy: never
    stop_grace_period: 0s
    command: [/busybox, sleep, "1000"]
    volumes: ["data:/data"]
volumes: {data: {}}
YAML
# left lists what is labelled as the project's.
left() {
	docker ps -a --filter "label=com.docker.compose.project=$project" --format 'container {{.State}}'
	docker network ls --filter "label=com.docker.compose.project=$project" --format network
	docker volume ls --filter "label=com.docker.compose.project=$project" --format volume
}

version "$(compose version), engine $(docker version --format '{{.Server.Version}}')"
guess "down -v takes all of the project away, or fails"
compose --progress quiet up -d
compose --progress quiet run -d web >/dev/null
code=0
compose --progress quiet down -v || code=$?
seen "down -v beside a container of run" $'exit 0\ncontainer running\nnetwork\nvolume' "exit $code
$(left)"
seen "docker compose ps -q" "" "$(compose ps -q)"
compose --progress quiet down -v --remove-orphans
seen "down -v --remove-orphans" "" "$(left)"
compose --progress quiet run web /busybox true
compose --progress quiet down -v
seen "run without --rm, which has ended, then down -v" $'container exited\nvolume' "$(left)"
matters "CI cleans up with down -v: what a cancelled run had started goes on, and the next job starts on the old data; its service is in the
          file, so nobody calls it an orphan"
