#!/usr/bin/env bash
# `docker compose -p app stop TYPO` without the file exits 0 and stops nothing; so do logs, kill, pause, rm and down. start and restart fail.
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
YAML
mkdir elsewhere
# codes runs each command on the service wbe, by the file and by the name, and prints both exit codes.
codes() {
	local command by_file by_name
	for command in "$@"; do
		by_file=0 by_name=0
		# shellcheck disable=SC2086 # a command and its flags
		compose $command wbe >/dev/null 2>&1 || by_file=$?
		# shellcheck disable=SC2086
		(cd elsewhere && compose -p "$project" $command wbe) >/dev/null 2>&1 || by_name=$?
		echo "$command: $by_file by the file, $by_name by the name"
	done
}
version "$(compose version), engine $(docker version --format '{{.Server.Version}}')"
guess "a name that no service has is an error, exit 1, both ways"
compose --progress quiet up -d
seen "a service that is not there" "start: 1 by the file, 1 by the name
restart: 1 by the file, 1 by the name
stop: 1 by the file, 0 by the name
logs: 1 by the file, 0 by the name
ps: 1 by the file, 0 by the name
kill: 1 by the file, 0 by the name
pause: 1 by the file, 0 by the name
unpause: 1 by the file, 0 by the name
rm -f: 1 by the file, 0 by the name
down: 1 by the file, 0 by the name
top: 0 by the file, 0 by the name
images: 0 by the file, 0 by the name" "$(codes start restart stop logs ps kill pause unpause 'rm -f' down top images)"
seen "what runs afterwards" "web" "$(compose ps --services)"
matters "a script that stops the writer before its backup by \`docker compose -p app stop NAME\` goes on beside a running one, once the service
          was given another name"
