#!/usr/bin/env bash
# Compose: `use_api_socket` brings the socket, and DOCKER_CONFIG with the path of credentials that are not there.
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
  app:
    image: "$project:1"
    pull_policy: never
    use_api_socket: true
    command: [/busybox, sh, -c, '/busybox test -S /var/run/docker.sock && echo the socket; echo "DOCKER_CONFIG=\$\$DOCKER_CONFIG"; /busybox ls "\$\$DOCKER_CONFIG"']
YAML

version "$(compose version), engine $(docker version --format '{{.Server.Version}}')"
guess "as its documentation says, the socket and the credentials of who calls Compose"
compose --progress quiet up -d
docker wait "$(compose ps -aq)" >/dev/null
seen "docker compose up -d" $'the socket\nDOCKER_CONFIG=/run/secrets/docker\nls: /run/secrets/docker: No such file or directory' "$(compose logs --no-log-prefix app 2>&1)"
seen "docker compose run" $'the socket\nDOCKER_CONFIG=/run/secrets/docker\nconfig.json' "$(compose --progress quiet run --rm -T app 2>&1)"
matters "what the service pulls from a private registry is refused, though it was tried with run; up forgets between making the container and
          starting it what it has added to the service, so a config with the file has to be written by oneself"
