#!/usr/bin/env bash
# buildx: `imagetools inspect --format '{{.Manifest.Digest}}'` reads the manifest of every platform, and `--raw` reads one.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
debian docker-registry=docker-registry
port=$((20000 + RANDOM % 20000))
image=127.0.0.1:$port/finding
registry=
remove() {
	[ -z "$registry" ] || kill "$registry"
	docker rmi "$image:amd64" "$image:arm64" "$image:s390x" >/dev/null 2>&1
}
printf 'version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: %s}}\nhttp: {addr: "127.0.0.1:%s"}\n' "$dir/data" "$port" >config.yml
docker-registry serve config.yml >>log 2>&1 &
registry=$!
listening "$port" "$registry"

tags=()
for arch in amd64 arm64 s390x; do
	printf 'FROM scratch\nCOPY text /\n' >Dockerfile
	echo "$arch" >text
	docker build -q --platform "linux/$arch" -t "$image:$arch" . >/dev/null 2>&1
	docker push -q "$image:$arch" >/dev/null
	docker rmi "$image:$arch" >/dev/null
	tags+=("$image:$arch")
done
buildx imagetools create -t "$image:1" "${tags[@]}" >/dev/null 2>&1

# asked ARGUMENTS… says how often the registry was asked for what, without the digests.
asked() {
	: >log
	buildx imagetools inspect "$@" "$image:1" >out
	grep -o '"[A-Z]* /v2/[^ ]* ' log | sed 's/"//; s,/v2/finding/,,; s/sha256:.*/DIGEST/' | sort | uniq -c | sed 's/^ */  /; s/ $//'
}

version "buildx $(buildx version | cut -d' ' -f2), docker-registry $(dpkg-query -W -f '${Version}' docker-registry)"
guess "the digest of an index is one request: the registry says it in a header; what is asked for is what the format names"
seen "requests for an image of three platforms" "by the format
  3 GET blobs/DIGEST
  5 GET manifests/DIGEST
  2 HEAD manifests/1
by --raw
  1 GET manifests/DIGEST
  1 HEAD manifests/1" "by the format
$(asked --format '{{.Manifest.Digest}}')
by --raw
$(asked --raw)"
matters "each GET of a manifest counts as a pull where pulls are counted: a look at an image of eight platforms with their attestations
          is eighteen of them; the sum of what --raw prints is the same digest"
