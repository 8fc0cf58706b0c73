#!/usr/bin/env bash
# An empty volume that is mounted read-only is written to all the same: it gets what the image has at the path.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
name=finding-$$-$RANDOM
remove() { docker rm -f "$name" >/dev/null; docker volume rm -f "$name" "$name-copy" "$name-gone" >/dev/null; docker rmi -f "$name" >/dev/null; }

# An image of one file, whose program is never run: a container that is only created mounts its volumes.
mkdir -p root/data
echo seed >root/data/seed
tar -C root -c . | docker import -c 'CMD ["/none"]' - "$name" >/dev/null
# files VOLUME prints what is in a volume, without a container that could fill it: mounted where the image has nothing.
files() {
	docker create --name "$name" -v "$1:/elsewhere" "$name" >/dev/null
	docker cp "$name:/elsewhere/." - | tar -t | sed 's|^\./||; s|^elsewhere/||' | grep . || echo "(nothing)"
	docker rm "$name" >/dev/null
}

version "Docker engine $(docker version -f '{{.Server.Version}}')"
guess "the volume stays empty: it is mounted read-only, and hides what the image has there"
docker volume create "$name" >/dev/null
docker create --name "$name" -v "$name:/data:ro" "$name" >/dev/null && docker rm "$name" >/dev/null
seen "an empty volume after docker create -v VOLUME:/data:ro" "seed" "$(files "$name" | sed 's|/$||' | grep seed)"
docker volume create "$name-copy" >/dev/null
docker create --name "$name" --mount "type=volume,src=$name-copy,dst=/data,readonly,volume-nocopy" "$name" >/dev/null && docker rm "$name" >/dev/null
seen "the same with volume-nocopy" "(nothing)" "$(files "$name-copy" | grep -v '^elsewhere$' || echo '(nothing)')"
docker create --name "$name" -v "$name-gone:/data:ro" "$name" >/dev/null && docker rm "$name" >/dev/null
seen "a volume that is not there, mounted read-only" "seed" "$(files "$name-gone" | grep seed)"
matters "whoever copies out of a volume with a container of the service's own image has changed it first, and where somebody has
          removed it the copy is one of the image's files: mount elsewhere, with volume-nocopy, and have a file in it that says that it is whole"
