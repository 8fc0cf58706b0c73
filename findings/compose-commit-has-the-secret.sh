#!/usr/bin/env bash
# Compose: a secret of a variable is a file of the container: commit, export and docker diff have it; that of a file is mounted.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
debian busybox=busybox-static

# It needs a Docker engine: one image with busybox, and containers of it, all of this project's name.
project=finding-$$-$RANDOM
remove() {
	compose --progress quiet down
	docker image rm "$project:1" "$project:kept" >/dev/null
}

tar -cf image.tar -C "$(dirname "$(command -v busybox)")" busybox
docker import image.tar "$project:1" >/dev/null
echo of-a-file >password
cat >compose.yaml <<YAML
name: $project
services:
  app:
    image: "$project:1"
    pull_policy: never
    stop_grace_period: 0s
    command: [/busybox, sleep, "1000"]
    secrets: [token, password]
secrets:
  token: {environment: TOKEN}
  password: {file: password}
YAML
export TOKEN=of-a-variable
# secrets reads a tar archive, and prints what there is below /run/secrets, and in it.
secrets() { mkdir "$1" && tar -xf - -C "$1" --wildcards '*run/secrets/*' && cd "$1/run/secrets" && grep -r '' . | sort && cd "$dir"; }

version "$(compose version), engine $(docker version --format '{{.Server.Version}}')"
guess "/run/secrets is mounted, as it is in Swarm: the container's own layer has nothing of it"
compose --progress quiet up -d
seen "in the container" $'/run/secrets/password:of-a-file\n/run/secrets/token:of-a-variable' "$(compose exec -T app /busybox grep -r '' /run/secrets | sort)"
compose --progress quiet export -o exported.tar app
seen "in docker compose export" ./token:of-a-variable "$(secrets exported <exported.tar)"
compose --progress quiet commit app "$project:kept" >/dev/null
seen "in an image of docker compose commit" /run/secrets/token:of-a-variable "$(docker run --rm "$project:kept" /busybox grep -r '' /run/secrets)"
matters "an image that was committed to show a fault, or pushed, has the token in a layer; the same service with its secret in a file has
          not, and nothing in the Compose file tells the two apart"
