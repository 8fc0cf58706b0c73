#!/usr/bin/env bash
# Compose: `config --hash` is the container's config-hash label, except of a service that shares another one's network, pid or volumes.
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
x-all: &all {image: "$project:1", pull_policy: never, stop_grace_period: 0s, command: [/busybox, sleep, "1000"]}
services:
  db: {<<: *all, env_file: [db.env], secrets: [token]}
  network: {<<: *all, network_mode: "service:db"}
  pid: {<<: *all, pid: "service:db"}
  volumes: {<<: *all, volumes_from: [db]}
secrets: {token: {environment: TOKEN}}
YAML
echo A=1 >db.env
export TOKEN=1
version "$(compose version), engine $(docker version --format '{{.Server.Version}}')"
guess "config --hash prints what up writes into the label: the two are equal until the files change"
compose --progress quiet up -d
compose config --hash '*' | sort >files
docker ps --filter "label=com.docker.compose.project=$project" \
	--format '{{.Label "com.docker.compose.service"}} {{.Label "com.docker.compose.config-hash"}}' | sort >containers
seen "services whose hash is their container's label" db "$(comm -12 files containers | cut -d ' ' -f 1)"
seen "what up -d does then" nothing "$(compose ps -q | sort >before; compose --progress quiet up -d; compose ps -q | sort | cmp -s before - && echo nothing)"
matters "a check for drift that compares the two finds a sidecar changed for ever, and a tool that makes anew what differs replaces it
          each time; the label has the ID of the other service's container in its place"
