#!/usr/bin/env bash
# Compose: `stop_grace_period: 900ms` is no time at all: the process is killed at once.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

# It needs a Docker engine: one image with busybox, and containers of it, all of this project's name.
project=finding-$$-$RANDOM
remove() {
	compose --progress quiet down
	docker image rm "$project:1" >/dev/null
}

busybox_image "$project:1"
cat >compose.yaml <<YAML
name: $project
services:
  app:
    image: "$project:1"
    pull_policy: never
    stop_grace_period: \${GRACE}
    command: [/busybox, sh, -c, 'trap "/busybox sleep 0.3; exit 0" TERM; while :; do /busybox sleep 0.1; done']
YAML
export GRACE
# stopped prints what the engine was told, and the code that the process ended with.
stopped() {
	compose --progress quiet up -d --force-recreate
	sleep 0.5 # until the shell has its trap
	compose --progress quiet stop
	docker inspect -f '{{.Config.StopTimeout}} s, exit {{.State.ExitCode}}' "$(compose ps -aq)"
}

version "$(compose version), engine $(docker version --format '{{.Server.Version}}')"
guess "900ms is enough for a process that takes 0.3 s to end; where the engine counts in seconds it is rounded up"
GRACE=1s
seen "stop_grace_period: 1s" "1 s, exit 0" "$(stopped)"
GRACE=900ms
seen "stop_grace_period: 900ms" "0 s, exit 137" "$(stopped)"
GRACE=1900ms
seen "stop_grace_period: 1900ms" "1 s, exit 0" "$(stopped)"
matters "config shows the 900ms, and what was meant to make stops shorter takes the database's shutdown away"
