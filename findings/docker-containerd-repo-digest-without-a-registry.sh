#!/usr/bin/env bash
# On the containerd image store an image that was only built has a RepoDigest: no registry has anything of that name or digest.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
name=finding-$$-$RANDOM
remove() {
	docker rm -f "$name" >/dev/null 2>&1
	docker image rm -f "$name:built" "$name:again" "other-$name:tagged" >/dev/null 2>&1
}

# It needs an engine with the containerd image store: that of Docker 29, or DOCKER_HOST as `scripts/lab/engine.sh 26-containerd` prints it.
docker info -f '{{.DriverStatus}}' | grep -q io.containerd.snapshotter || { echo "this engine has the classic image store" >&2; exit 2; }

printf 'FROM scratch\nCOPY Dockerfile /\nLABEL name=%s\nCMD ["none"]\n' "$name" >Dockerfile
docker build --quiet --tag "$name:built" . >/dev/null
id=$(docker image inspect -f '{{.Id}}' "$name:built")
digests() { docker image inspect -f '{{join .RepoDigests "\n"}}' "$name:built" | sed "s/$name/NAME/; s/$id/ID/" | sort; }

version "Docker engine $(docker version -f '{{.Server.Version}}') with the containerd image store, buildx $(docker buildx version | cut -d' ' -f2)"
guess "none: a RepoDigest is what a registry answered to a pull or a push, and tells that it can be had there"
seen "RepoDigests of an image that was built" "NAME@ID" "$(digests)"
docker tag "$name:built" "other-$name:tagged"
seen "of the same after docker tag" "NAME@ID
other-NAME@ID" "$(digests)"
created=0
docker create --name "$name" "$name@$id" >/dev/null 2>&1 || created=$?
docker rm "$name" >/dev/null 2>&1 || true
seen "docker create NAME@ID, exit code" "0" "$created"
built=0
printf 'FROM %s@%s\n' "$name" "$id" | docker build --quiet --tag "$name:again" - >/dev/null 2>&1 || built=$?
seen "docker build of FROM NAME@ID, exit code" "1" "$built"
matters "a digest there tells neither that the image was pushed nor that anybody else can pull it: what is pinned or deployed by
          RepoDigests runs on this machine alone. Ask the registry"
