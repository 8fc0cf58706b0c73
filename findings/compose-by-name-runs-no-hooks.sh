#!/usr/bin/env bash
# `docker compose -p app stop` in another directory runs no pre_stop hook, and `start` no post_start hook.
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
    command: [/busybox, sh, -c, 'exec /busybox sleep 1000']
    post_start: [{command: [/busybox, sh, -c, 'echo post_start >>/log']}]
    pre_stop: [{command: [/busybox, sh, -c, 'echo pre_stop >>/log']}]
YAML
mkdir elsewhere
named() { (cd elsewhere && compose --progress quiet -p "$project" "$@"); }
# log tells which hooks have run, and forgets them.
log() { compose exec -T web /busybox sh -c '/busybox cat /log 2>/dev/null; /busybox rm -f /log' | tr '\n' ' '; }

version "$(compose version), engine $(docker version --format '{{.Server.Version}}')"
guess "-p stops and starts the same project, with its hooks, or says that it cannot without the file"
compose --progress quiet up -d
seen "up -d" "post_start " "$(log)"
compose --progress quiet stop
compose --progress quiet start
seen "stop, start" "pre_stop post_start " "$(log)"
named stop
named start
seen "-p \$project stop, start, elsewhere" "" "$(log)"
named restart
seen "-p \$project restart, elsewhere" "" "$(log)"
matters "a script or a unit of systemd that goes by the name leaves the load balancer without its sign-off and the volume without its chown,
          exit 0 and not a word"
