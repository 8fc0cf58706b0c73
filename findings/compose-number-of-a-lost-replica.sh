#!/usr/bin/env bash
# Compose gives the number of a lost replica to none: after `docker rm` of the first of three they are 2, 3 and 4.
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
    scale: 3
YAML
names() { compose ps -a --format '{{.Name}}' | sed "s/$project-//" | sort | tr '\n' ' '; }

version "$(compose version), engine $(docker version --format '{{.Server.Version}}')"
guess "up -d makes what is missing: web-1"
compose --progress quiet up -d
seen "up -d" "web-1 web-2 web-3 " "$(names)"
docker rm -f "$project-web-1" >/dev/null
compose --progress quiet up -d
seen "docker rm -f web-1, up -d" "web-2 web-3 web-4 " "$(names)"
compose --progress quiet up -d --force-recreate
seen "up -d --force-recreate" "web-2 web-3 web-4 " "$(names)"
code=0
compose exec -T --index 1 web /busybox true 2>error || code=$?
seen "exec --index 1 web true" 'exit 1, service "web" is not running container #1' "exit $code, $(cat error)"
compose --progress quiet up -d --scale web=1
seen "up -d --scale web=1" "web-2 " "$(names)"
matters "names and --index in scripts, dashboards and a proxy's list of web-1 to web-3 miss a container from then on, with one replica as
          well; only down, or a scale of 0, begins anew"
