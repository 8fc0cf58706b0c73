#!/usr/bin/env bash
# docker cp into a tmpfs of a running container succeeds, and the file is not in it.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

# It needs a Docker engine: images with busybox, and a container, all of this name.
name=finding-$$-$RANDOM
remove() {
	docker rm -fv "$name" >/dev/null
	docker image rm "$name:2" "$name:1" >/dev/null 2>&1
}

busybox_image "$name:1"
docker run -d --name "$name" --tmpfs /cache -v /data "$name:1" /busybox sleep 1000 >/dev/null
echo new >file

version "engine $(docker version --format '{{.Server.Version}}'), $(docker --version)"
guess "the manual says that it isn't possible with a tmpfs: so it is refused"
for place in /data /cache; do
	code=0
	docker cp -q file "$name:$place/file" || code=$?
	seen "docker cp file CONTAINER:$place/file" "exit 0" "exit $code"
done
seen "in the container: /data/file" new "$(docker exec "$name" /busybox cat /data/file 2>&1)"
seen "in the container: /cache/file" none "$(docker exec "$name" /busybox cat /cache/file 2>/dev/null || echo none)"
docker exec "$name" /busybox sh -c 'echo written >/cache/own'
seen "docker cp CONTAINER:/cache/own -" "exit 1" "$(docker cp "$name:/cache/own" - >/dev/null 2>&1 && echo "exit 0" || echo "exit 1")"
docker commit "$name" "$name:2" >/dev/null
seen "where it went: in an image of docker commit" new "$(docker run --rm "$name:2" /busybox cat /cache/file)"
matters "a certificate, a licence or changed code that is copied into a hardened service arrives by its exit code only, and lies in the
          container's layer below the mount; a tar by docker exec gets there"
