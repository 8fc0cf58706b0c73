#!/usr/bin/env bash
# A volume that is copied by busybox's cp -a or tar, or by docker cp, has its holes filled: 64 MB on disk where there was nothing; needs an engine.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
image=finding-$$-$RANDOM
remove() {
	docker rm -fv "$image" >/dev/null 2>&1
	docker volume rm "$image-from" "$image-cp" "$image-tar" >/dev/null 2>&1
	docker rmi -f "$image" >/dev/null 2>&1
}
shell_image "$image"

version "engine $(docker version -f '{{.Server.Version}}'), $(busybox | head -n 1 | cut -d ' ' -f 1,2), $(cp --version | head -n 1)"
guess "cp -a is \"archive\": what it copies is as large as it was, as with GNU cp"
run() { docker run --rm -v "$image-from:/from" -v "$image-cp:/cp" -v "$image-tar:/tar" "$image" sh -c "$1"; }
run 'truncate -s 64M /from/data.mdb; cp -a /from/. /cp; tar -C /from -c . | tar -C /tar -x'
run 'du -m /from/data.mdb /cp/data.mdb /tar/data.mdb' >sizes
docker create --name "$image" -v "$image-from:/from" "$image" true >/dev/null
docker cp -q "$image:/from" copied >/dev/null 2>&1 || docker cp "$image:/from" copied >/dev/null
truncate -s 64M hole
cp -a hole gnu
seen "megabytes on disk of a file of 64 MB that is one hole" '0 /from/data.mdb
64 /cp/data.mdb
64 /tar/data.mdb
64 docker cp
0 GNU cp -a' "$(awk '{ print $1, $2 }' sizes; echo "$(du -m copied/data.mdb | cut -f 1) docker cp"; echo "$(du -m gnu | cut -f 1) GNU cp -a")"
matters "the usual helper (docker run alpine cp -a) makes of an LMDB or another preallocated file that is nearly empty one that fills the disk,
          once for each snapshot; an image with GNU cp keeps the holes"
