#!/usr/bin/env bash
# On the containerd image store a build over a name deletes the image that had it, while a container runs of that; a tag over it does not.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
name=finding-$$-$RANDOM
remove() {
	docker rm -f "$name" >/dev/null 2>&1
	docker image ls -q --no-trunc --filter "label=finding=$name" | sort -u | xargs -r docker image rm -f >/dev/null
}

# It needs an engine with the containerd image store: that of Docker 29, or DOCKER_HOST as `scripts/lab/engine.sh 26-containerd` prints it.
docker info -f '{{.DriverStatus}}' | grep -q io.containerd.snapshotter || { echo "this engine has the classic image store" >&2; exit 2; }

cat >main.go <<'GO'
package main

import "time"

func main() { time.Sleep(time.Hour) }
GO
CGO_ENABLED=0 go build -o program main.go
cat >Dockerfile <<DOCKERFILE
FROM scratch
COPY program /
ARG NUMBER
LABEL number=\$NUMBER finding=$name
CMD ["/program"]
DOCKERFILE
build() { docker build --quiet --build-arg "NUMBER=$1" --tag "$name:$2" . >/dev/null; }

# after WHAT COMMAND… builds an image, runs a container of it, gives its name away, and tells what is left of it.
after() {
	build "$RANDOM-$1" app
	id=$(docker image inspect -f '{{.Id}}' "$name:app")
	docker run --detach --name "$name" "$name:app" >/dev/null
	"$@" >/dev/null
	if docker image inspect "$id" >/dev/null 2>&1; then echo "there, without a name"; else echo "no such image"; fi
	[ "$(docker container inspect -f '{{.Image}} {{.State.Status}}' "$name")" = "$id running" ] || echo "the container is not what it was"
	docker rm -f "$name" >/dev/null
}
again() { build again app; }
retag() { docker tag "$name:other" "$name:app"; }
load() { docker load --input archive; }
remove_name() { docker image rm --force "$name:app"; }
build other other
docker tag "$name:other" "$name:app"
docker save "$name:app" >archive

version "Docker engine $(docker version -f '{{.Server.Version}}') with the containerd image store, buildx $(docker buildx version | cut -d' ' -f2)"
guess "what a running container is made of stays, without a name, whatever takes the name: so it is with the classic store"
seen "the image of a running container after docker tag over its name" "there, without a name" "$(after retag)"
seen "after docker image rm --force of its name" "there, without a name" "$(after remove_name)"
seen "after docker build over its name" "no such image" "$(after again)"
seen "after docker load over its name" "no such image" "$(after load)"
matters "after a build the image of a running container is a digest that nothing can be asked about: neither its labels nor its configuration,
          to tell whether the container is of what was built, and nothing can be rolled back to it. Tag it before"
