#!/usr/bin/env bash
# docker wait of a container that has not been started ends at once with 0.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

# It needs a Docker engine: one image with busybox, and containers of it, all of this name.
name=finding-$$-$RANDOM
remove() {
	docker rm -f "$name" >/dev/null
	docker image rm "$name:1" >/dev/null
}

busybox_image "$name:1"
version "engine $(docker version --format '{{.Server.Version}}')"
guess "it waits until the container has run and ended"
docker create --name "$name" "$name:1" /busybox sh -c 'exit 3' >/dev/null
seen "docker wait of a created container" 0 "$(timeout 20 docker wait "$name")"
docker start "$name" >/dev/null
seen "docker wait after docker start" 3 "$(timeout 20 docker wait "$name")"
matters "who waits in one process for what another one creates and starts is told that it has succeeded when it comes first; the API's
          condition next-exit waits, and the command has no flag for it"
