#!/usr/bin/env bash
# Docker: a name that no container has is the beginning of an ID: `docker rm -f db` removes the container whose ID begins with db.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

# It needs a Docker engine: one image with busybox, and one container and one network of it, all of this name.
name=finding-$$-$RANDOM
remove() {
	docker rm -f "$name" >/dev/null 2>&1
	docker network rm "$name" >/dev/null 2>&1
	docker image rm "$name:1" >/dev/null
}
busybox_image "$name:1"
id=$(docker create --name "$name" "$name:1" /busybox true)
net=$(docker network create "$name")
# Two letters would do, as of db, be or fe. Four of them, as of cafe or feed, keep clear of what else the engine has.
known=${id:0:4}
netknown=${net:0:4}
there() { docker "$@" >/dev/null 2>&1 && echo 'is there' || echo 'is gone'; }

version "Docker engine $(docker version -f '{{.Server.Version}}')"
guess "docker rm -f of a name that nothing has removes nothing and says that there is no such container"
seen "containers and networks that have the name ${known//[0-9a-f]/?}" '' "$(docker ps -aq --filter "name=^/$known\$"; docker network ls -q --filter "name=^$netknown\$")"
seen "docker rm -f of it" "exit 0, and the container $name is gone" "$(code=0; docker rm -f "$known" >/dev/null 2>&1 || code=$?; echo "exit $code, and the container $name $(there container inspect "$name")")"
seen "docker network rm of the other" "exit 0, and the network $name is gone" "$(code=0; docker network rm "$netknown" >/dev/null 2>&1 || code=$?; echo "exit $code, and the network $name $(there network inspect "$name")")"
matters "\`docker rm -f db; docker run --name db …\`, and the API by a name, take any container of the machine, one in 256 of them, when db is not
          there: db, be, fe, ad, cafe and feed are names of services; docker ps -aq --filter name='^/db\$' asks for a name alone"
