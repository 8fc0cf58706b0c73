#!/usr/bin/env bash
# Docker: `docker logs --until T --tail 3` is not the last three lines before T; of a container that wrote on it is nothing.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

# It needs a Docker engine: one image and one container, of this name.
name=finding-$$-$RANDOM
remove() {
	docker rm -f "$name" >/dev/null
	docker image rm "$name:1" >/dev/null
}
shell_image "$name:1"
docker run --name "$name" "$name:1" sh -c 'for n in 1 2 3 4 5; do echo before $n; done; sleep 2; for n in 1 2 3 4 5; do echo after $n; done' >/dev/null
first=$(docker logs -t "$name" | sed -n '5s/ .*//p')
then=$(date -u -d "$first + 1 second" +%FT%T.%NZ)

version "Docker engine $(docker version -f '{{.Server.Version}}'), log driver $(docker inspect -f '{{.HostConfig.LogConfig.Type}}' "$name")"
guess "--tail counts from the end of what --until leaves"
seen "logs --until THEN" "before 1 before 2 before 3 before 4 before 5" "$(docker logs --until "$then" "$name" | xargs -d '\n')"
seen "logs --until THEN --tail 3" "" "$(docker logs --until "$then" --tail 3 "$name")"
seen "logs --until THEN --tail 7" "before 4 before 5" "$(docker logs --until "$then" --tail 7 "$name" | xargs -d '\n')"
matters "whoever asks what came last before an incident is told that nothing was logged; the tail is of the whole log, and until is
          applied to what it left, so the lines have to be cut afterwards: docker logs --until T NAME | tail -n 3"
