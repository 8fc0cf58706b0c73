#!/usr/bin/env bash
# Compose: where Ctrl-C comes while `up` makes a container anew, the new one has its temporary name for ever: each further `up -d` starts it as it is.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

# It needs a Docker engine: one image with busybox, and a container and a network of it, all of this project's name.
project=finding-$$-$RANDOM
remove() {
	compose --progress quiet down -t 0
	docker image rm "$project:1" >/dev/null
}

busybox_image "$project:1"
cat >compose.yaml <<YAML
name: $project
services: {app: {image: "$project:1", pull_policy: never, stop_signal: SIGURG, stop_grace_period: 8s, command: [/busybox, sleep, "1000"]}}
YAML
# state is each container's name, but for its first ID and the project, and how it is.
state() { compose ps -a --format '{{.Name}} {{.State}}' | sed "s/$project/PROJECT/; s/^[0-9a-f]\{12\}_/ID_/" | sort; }
# cut interrupts a recreation while the old container, which ignores its signal, takes its time to end.
cut() {
	compose --progress quiet up -d --force-recreate >/dev/null 2>&1 &
	local up=$!
	sleep 2
	pkill -INT -P "$up"
	wait "$up" || true
	state
}

version "$(compose version), engine $(docker version --format '{{.Server.Version}}')"
guess "the next up -d completes what was cut: one container, PROJECT-app-1"
compose --progress quiet up -d
sleep 1.1 # of two that were made within one second either may stay
seen "up -d --force-recreate, INT after 2 s" $'ID_PROJECT-app-1 created\nPROJECT-app-1 running' "$(cut)"
compose --progress quiet up -d
seen "up -d" "ID_PROJECT-app-1 running" "$(state)"
compose --progress quiet up -d
seen "up -d once more" "ID_PROJECT-app-1 running" "$(state)"
matters "whoever goes by the container's name, as docker exec and docker logs in scripts do, does not find it after one Ctrl-C, until
          somebody makes it anew by hand; exit codes say nothing of it"
