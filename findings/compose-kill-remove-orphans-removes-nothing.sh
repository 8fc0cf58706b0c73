#!/usr/bin/env bash
# `docker compose kill --remove-orphans` removes nothing: it is what makes it kill the orphans.
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
  web: *all
  old: *all
YAML
sed /old:/d compose.yaml >now.yaml
states() { compose -f now.yaml ps -a --format '{{.Service}} {{.State}}' | sort; }

version "$(compose version), engine $(docker version --format '{{.Server.Version}}')"
guess "it kills the services of the file and removes what no file has any more, as up and down do by that flag"
compose --progress quiet up -d
compose --progress quiet -f now.yaml kill
seen "docker compose kill, with a file without old" $'old running\nweb exited' "$(states)"
compose --progress quiet -f now.yaml up -d
compose --progress quiet -f now.yaml kill --remove-orphans
seen "kill --remove-orphans" $'old exited\nweb exited' "$(states)"
matters "a clean-up believes that the orphans are gone: their names, anonymous volumes and network stay, and the next start, or up with a file
          that has them, goes on with the old containers"
