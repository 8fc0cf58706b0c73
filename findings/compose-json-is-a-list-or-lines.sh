#!/usr/bin/env bash
# `--format json` of Compose is a list (ls, images) or one object a line (ps, volumes, stats), and of nothing it is [], null or empty.
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
  web: &a {image: "$project:1", pull_policy: never, stop_grace_period: 0s, command: [/busybox, sleep, "1000"], volumes: ["one:/one", "two:/two"]}
  db: *a
volumes: {one: {}, two: {}}
YAML
# shape prints what the JSON text of a command begins with, and of how many lines it is.
shape() {
	local out
	out=$(compose "$@" --format json)
	printf '%s: %s… of %s lines\n' "$1" "${out:0:1}" "$(grep -c . <<<"$out")"
}
shapes() {
	shape ls --filter "name=$project"
	shape images
	shape ps
	shape volumes
	shape stats --no-stream
}
version "$(compose version), engine $(docker version --format '{{.Server.Version}}')"
guess "one form for all of them, and [] where there is nothing"
seen "before up" "ls: [… of 1 lines
images: n… of 1 lines
ps: … of 0 lines
volumes: … of 0 lines
stats: … of 0 lines" "$(shapes)"
compose --progress quiet up -d
seen "two containers, two volumes" "ls: [… of 1 lines
images: [… of 1 lines
ps: {… of 2 lines
volumes: {… of 2 lines
stats: {… of 2 lines" "$(shapes)"
matters "jq '.[]' reads ls and images alone; a program that decodes the list of images of a stack that is down gets null"
