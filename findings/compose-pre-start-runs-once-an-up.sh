#!/usr/bin/env bash
# Compose: a service with a pre_start hook cannot be started again after a stop; restart and run do not run the hook.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

# It needs a Docker engine: one image with busybox, a volume and containers, all of this project's name.
project=finding-$$-$RANDOM
remove() {
	compose --progress quiet down -v
	docker image rm "$project:1" >/dev/null
}

busybox_image "$project:1"
cat >compose.yaml <<YAML
name: $project
services:
  app:
    image: "$project:1"
    pull_policy: never
    stop_grace_period: 0s
    command: [/busybox, sleep, "3600"]
    volumes: ["data:/data"]
    pre_start: [{command: [/busybox, sh, -c, "echo before >>/data/log"]}]
    post_start: [{command: [/busybox, sh, -c, "echo after >>/data/log"]}]
volumes: {data: {}}
YAML
# ran COMMAND… prints the hooks that the command ran, and its error.
ran() {
	docker run --rm -v "${project}_data:/data" "$project:1" /busybox sh -c ': >/data/log'
	compose --progress quiet "$@" >said 2>&1 </dev/null || echo "exit $?: $(tail -n 1 said | sed 's/ — .*//')"
	docker run --rm -v "${project}_data:/data" "$project:1" /busybox cat /data/log
}

version "$(compose version), engine $(docker version --format '{{.Server.Version}}')"
guess "whatever starts the service runs its hooks"
compose --progress quiet up -d
seen "up -d --force-recreate" $'before\nafter' "$(ran up -d --force-recreate)"
seen "restart" after "$(ran restart)"
seen "run --rm app sleep 1" after "$(ran run --rm app /busybox sleep 1)"
compose --progress quiet stop
seen "start after stop" 'exit 1: service "app" pre_start[0]: no hook runner container found' "$(ran start)"
seen "up -d after that" $'before\nafter' "$(ran up -d)"
matters "stop and start leave the service down until an up; and a hook that makes what the service needs (a migration,
          a file in a volume) has not run before what run starts"
