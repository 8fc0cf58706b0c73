#!/usr/bin/env bash
# Docker: an image's digest that is here for one platform cannot be pulled for another, although its tag can.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
debian docker-registry=docker-registry
port=$((20000 + RANDOM % 20000))
image=127.0.0.1:$port/finding
remove() {
	docker rmi "$image:1" "${other:-$image:1}" >/dev/null 2>&1
	kill "$registry"
}
printf 'version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: %s}}\nhttp: {addr: "127.0.0.1:%s"}\n' "$dir/data" "$port" >config.yml
docker-registry serve config.yml >log 2>&1 &
registry=$!
until (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do sleep 0.1; done

# platform ARCH publishes an image for it.
platform() {
	printf 'FROM scratch\nCOPY text /\n' >Dockerfile
	echo "$1" >text
	docker build -q --platform "linux/$1" -t "$image:$1" . >/dev/null 2>&1
	docker push -q "$image:$1" >/dev/null
	docker rmi "$image:$1" >/dev/null
}
# try WHAT REF pulls for arm64, and says what the tag is then.
try() {
	local said
	said=$(docker pull -q --platform linux/arm64 "$2" 2>&1) && said=pulled
	echo "$1: ${said/sha256:*/sha256:…}; the tag is $(docker image inspect --format '{{.Architecture}}' "$image:1")"
}

version "engine $(docker version --format '{{.Server.Version}}'), docker-registry $(dpkg-query -W -f '${Version}' docker-registry)"
guess "a pull by the index's digest leaves the tag alone, and gives the digest to the image of the other platform"
platform amd64
platform arm64
buildx imagetools create -t "$image:1" "$image:amd64" "$image:arm64" >/dev/null 2>&1
docker pull -q --platform linux/amd64 "$image:1" >/dev/null
index=$(docker image inspect --format '{{index .RepoDigests 0}}' "$image:1")
other=$image@$(buildx imagetools inspect --format '{{range .Manifest.Manifests}}{{if eq .Platform.Architecture "arm64"}}{{.Digest}}{{end}}{{end}}' "$image:1")
seen "an image of two platforms, here for amd64, pulled for arm64" 'by the index: Cannot overwrite digest sha256:…; the tag is amd64
by its manifest: pulled; the tag is amd64
by the tag: pulled; the tag is arm64' "$(try 'by the index' "$index")
$(try 'by its manifest' "$other")
$(try 'by the tag' "$image:1")"
matters "who wants an image for a server of another platform beside that of this machine has to find the manifest first; only the containerd
          store takes the index twice"
