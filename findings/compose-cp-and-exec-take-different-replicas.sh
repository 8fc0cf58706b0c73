#!/usr/bin/env bash
# Compose: exec goes to the first replica, cp from a service reads the newest one, cp to it writes all of them.
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
  web:
    image: "$project:1"
    pull_policy: never
    stop_grace_period: 0s
    command: [/busybox, sleep, "1000"]
YAML
version "$(compose version), engine $(docker version --format '{{.Server.Version}}')"
guess "without --index each means the first replica"
compose --progress quiet up -d
compose --progress quiet up -d --scale web=2
for number in 1 2; do compose exec -T --index "$number" web /busybox sh -c "echo of-$number >/dump"; done
seen "exec web cat /dump" of-1 "$(compose exec -T web /busybox cat /dump)"
compose --progress quiet cp web:/dump dump
seen "cp web:/dump dump" of-2 "$(cat dump)"
compose exec -T web /busybox sh -c 'echo new >/dump'
compose --progress quiet cp web:/dump dump
seen "exec web sh -c 'echo new >/dump', then cp web:/dump dump" of-2 "$(cat dump)"
echo mine >file
compose --progress quiet cp file web:/dump
seen "cp file web:/dump: in the first and the second" $'mine\nmine' \
	"$(for number in 1 2; do compose exec -T --index "$number" web /busybox cat /dump; done)"
matters "a dump that exec makes and cp fetches is that of another replica, one of last week for example, exit 0; both need their --index"
