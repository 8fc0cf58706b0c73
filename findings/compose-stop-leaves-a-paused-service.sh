#!/usr/bin/env bash
# `docker compose stop` leaves a paused service with a pre_stop hook as it is, exit 0.
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
  plain: *all
  hooked:
    <<: *all
    pre_stop: [{command: [/busybox, "true"]}]
YAML
states() { compose ps -a --format '{{.Service}} {{.State}}' | sort; }

version "$(compose version), engine $(docker version --format '{{.Server.Version}}')"
guess "what stop stops, it stops with a hook as without: the engine stops a paused container, or refuses"
compose --progress quiet up -d
compose --progress quiet pause
code=0
compose --progress quiet stop || code=$?
seen "docker compose stop of two paused services" $'exit 0\nhooked paused\nplain exited' "exit $code
$(states)"
code=0
compose --progress quiet rm -f -s >/dev/null || code=$?
seen "docker compose rm -s" $'exit 0\nhooked paused' "exit $code
$(states)"
matters "a hook cannot run in a paused container; Compose takes that for one that has stopped. What a backup paused keeps its memory, ports
          and volume after a stop that went well"
