#!/usr/bin/env bash
# On the containerd image store a container that has written nothing has written kilobytes, by `docker ps --size`.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
name=finding-$$-$RANDOM
remove() {
	docker rm -fv "$name" >/dev/null 2>&1
	docker image rm -f "$name:image" >/dev/null 2>&1
}

containerd_store
guess "0 B: SizeRw is the size of the files that the container has written or changed, and there is none"
printf 'FROM scratch\nCOPY Dockerfile /\nCMD ["none"]\n' >Dockerfile
docker build --quiet --tag "$name:image" . >/dev/null
docker create --name "$name" --volume /data "$name:image" >/dev/null
docker start "$name" >/dev/null 2>&1 || true # there is no program: all that happens is that it is mounted
written() { docker container inspect --size -f '{{.SizeRw}}' "$name"; }
seen "docker diff of a container with a volume that has run nothing" "A /data" "$(docker diff "$name")"
seen "SizeRw of it, in blocks of 4096 bytes" "some, whole" "$([ "$(written)" -gt 0 ] && printf 'some, '; [ $(($(written) % 4096)) = 0 ] && echo whole)"
matters "what is asked before something is removed says that a container has written data where it has none: there every directory
          counts as a block, the root's and those that mounts were made at. Only docker diff tells whether there is anything to lose"
