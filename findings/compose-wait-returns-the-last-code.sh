#!/usr/bin/env bash
# `docker compose wait test lint` ends with the code of whichever ended last, and of one that had ended before it counts nothing.
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
x-job: &job {image: "$project:1", pull_policy: never, stop_grace_period: 0s}
services:
  test: {<<: *job, command: [/busybox, sh, -c, "/busybox sleep \${TEST}; exit 3"]}
  lint: {<<: *job, command: [/busybox, sleep, "\${LINT}"]}
YAML
export TEST LINT
# waits SERVICE… starts both anew and prints the code that wait ends with, and those that it prints.
waits() {
	local code=0
	compose --progress quiet up -d --force-recreate
	[ "$TEST" != 0 ] || patiently ended test
	compose wait "$@" >said || code=$?
	echo "exit $code; printed: $(grep -o '[0-9]*$' said | tr '\n' ' ')"
}
ended() { [ "$(compose ps -a --format '{{.State}}' "$1")" = exited ]; }

version "$(compose version), engine $(docker version --format '{{.Server.Version}}')"
guess "wait fails where one of the services failed, in whichever order they end"
TEST=2 LINT=4
seen "wait test lint, where test fails first" "exit 0; printed: 3 0 " "$(waits test lint)"
TEST=4 LINT=2
seen "the same where test fails last" "exit 3; printed: 0 3 " "$(waits test lint)"
TEST=0 LINT=4
seen "the same where test has failed before wait began" "exit 0; printed: 0 " "$(waits test lint)"
matters "a pipeline that waits for its checks is green although one of them failed, and whether it is depends on which is slower today;
          one wait for each service has each code (docker wait prints all of them)"
