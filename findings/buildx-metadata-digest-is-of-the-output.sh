#!/usr/bin/env bash
# buildx: `containerimage.digest` of a build into the engine is the image's ID, which no registry has; with --push it is the manifest's digest.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

# It needs a Docker engine without containerd's image store: one image of this registry.
debian docker-registry=docker-registry
port=$((20000 + RANDOM % 20000))
image=127.0.0.1:$port/finding
registry=
remove() {
	[ -z "$registry" ] || kill "$registry"
	docker rmi "$image:1" >/dev/null 2>&1
}
printf 'version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: %s}}\nhttp: {addr: "127.0.0.1:%s"}\n' "$dir/data" "$port" >config.yml
docker-registry serve config.yml >>log 2>&1 &
registry=$!
listening "$port" "$registry"

echo "$port" >text
printf 'FROM scratch\nCOPY text /\n' >Dockerfile
# build OPTION builds, and prints the digests of the metadata by what they are of.
build() {
	buildx build --builder default --metadata-file meta.json -t "$image:1" "$1" . >build.log 2>&1
	docker push -q "$image:1" >/dev/null
	sed -n 's/ *"\(containerimage[^"]*\)": "\([^"]*\)".*/\1: \2/p' meta.json | sed "s/$(docker image inspect -f '{{.Id}}' "$image:1")/the image's ID/
		s/$(docker image inspect -f '{{index .RepoDigests 0}}' "$image:1" | cut -d@ -f2)/the digest in the registry/"
}

version "buildx $(buildx version | cut -d' ' -f2), Docker engine $(docker version -f '{{.Server.Version}}'), docker-registry $(dpkg-query -W -f '${Version}' docker-registry)"
guess "containerimage.digest is that of the manifest, and the image's ID is containerimage.config.digest, whatever the output"
seen "the metadata of build --load" "containerimage.digest: the image's ID" "$(build --load)"
seen "the metadata of build --push, of the same" "containerimage.config.digest: the image's ID
containerimage.digest: the digest in the registry" "$(build --push)"
matters "app@DIGEST of a build that was loaded and pushed afterwards is no image anywhere, and a digest that was noted at a build with --push
          never equals that of the same build without it: what to compare is config.digest, or the digest where there is none"
