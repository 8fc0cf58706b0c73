#!/usr/bin/env bash
# BuildKit: a cache mount of the same id with another uid or mode is another, empty cache; with an engine 20.10 --no-cache takes it away.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
debian busybox=busybox-static

# It needs a Docker engine and its BuildKit: one image with busybox, of this name, and caches of this name, of some bytes, which stay in BuildKit.
image=finding-$$-$RANDOM
remove() { docker image rm "$image" >/dev/null; }

cp "$(command -v busybox)" busybox
# cache OPTIONS [FLAG] adds a line to the cache, in a step that runs each time, and prints all that are there.
cache() {
	cat >Dockerfile <<DOCKERFILE
FROM scratch
COPY busybox /
ENV PATH=/
ARG ONCE
RUN --mount=type=cache,id=$image,target=/cache$1 ["/busybox", "sh", "-c", "echo line >>/cache/log; busybox chmod a+rw /cache/log; busybox cp /cache/log /log; echo \$ONCE"]
DOCKERFILE
	DOCKER_BUILDKIT=1 docker build -q ${2:+"$2"} --build-arg "ONCE=$RANDOM-$RANDOM" -t "$image" . >/dev/null
	container=$(docker create "$image" none)
	docker cp "$container:/log" log >/dev/null 2>&1
	docker rm "$container" >/dev/null
	grep -c . log
}

version "engine $(docker version --format '{{.Server.Version}}')"
guess "the id says which cache it is, uid and mode whose its directory is when it is made: each of the builds finds one line more"
seen "id=ID, twice" "1 2" "$(cache '') $(cache '')"
seen "id=ID,uid=1000" 1 "$(cache ,uid=1000)"
seen "id=ID,mode=0777" 1 "$(cache ,mode=0777)"
seen "id=ID,uid=1000 and id=ID again" "2 3" "$(cache ,uid=1000) $(cache '')"
[[ $(docker version --format '{{.Server.Version}}') != 20.10.* ]] ||
	seen "id=ID with --no-cache, and without it after that" "1 2" "$(cache '' --no-cache) $(cache '')"
matters "a stage that downloads as root and one that builds as a user have nothing of each other's, in spite of the id that was given
          for just that; whoever adds uid= to a mount that works downloads everything once more, and the old cache lies there as well"
