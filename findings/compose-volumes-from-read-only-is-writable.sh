#!/usr/bin/env bash
# Compose mounts `volumes_from: [web:ro]` read-write: it drops the mode.
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
  web:
    <<: *all
    volumes: ["data:/data"]
  report:
    <<: *all
    volumes_from: ["web:ro"]
volumes: {data: {}}
YAML
writes() { "$@" /busybox sh -c '/busybox touch /data/written 2>/dev/null && echo writes || echo reads'; }

version "$(compose version), engine $(docker version --format '{{.Server.Version}}')"
guess "the reference has ro for read-only access, and docker run --volumes-from obeys it"
compose --progress quiet up -d
seen "docker run --volumes-from web:ro" reads "$(writes docker run --rm --volumes-from "$(compose ps -q web):ro" "$project:1")"
seen "docker compose config" '      - web:ro' "$(compose config | grep -A1 volumes_from: | tail -n 1)"
seen "volumes_from: [web:ro]" writes "$(writes compose exec -T report)"
seen "docker inspect, RW" true "$(docker inspect -f '{{range .Mounts}}{{.RW}}{{end}}' "$(compose ps -q report)")"
matters "a backup or a report that is to read a database's files writes in them; the file and config say that it cannot"
