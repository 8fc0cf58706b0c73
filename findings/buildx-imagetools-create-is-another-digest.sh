#!/usr/bin/env bash
# buildx: `imagetools create -t app:stable app:1` of an image of one platform is no copy: it makes a list around it, with another digest.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

# It needs a Docker engine: one image of this registry.
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

echo text >text
printf 'FROM scratch\nCOPY text /\n' >Dockerfile
docker build -q --provenance=false -t "$image:1" . >/dev/null 2>&1
docker push -q "$image:1" >/dev/null
tag() { buildx imagetools create -t "$image:$1" "${@:2}" >/dev/null 2>&1; }
# is TAG says which digest a tag has, and what is behind it.
is() {
	buildx imagetools inspect --raw "$image:$1" >raw
	printf '%s: %s, %s\n' "$1" "$(grep -q '"manifests"' raw && echo 'a list' || echo 'the image')" "$(
		[ "$(sha256sum <raw)" = "$first" ] && echo 'its digest' || echo 'another digest')"
}
first=$(buildx imagetools inspect --raw "$image:1" | sha256sum)

version "buildx $(buildx version | cut -d' ' -f2), docker-registry $(dpkg-query -W -f '${Version}' docker-registry)"
guess "a tag that is made of one image alone has the digest of that image, as one made of a list has"
tag stable "$image:1"
tag kept --prefer-index=false "$image:1"
tag again "$image:stable"
seen "tags made of one image" '1: the image, its digest
stable: a list, another digest
kept: the image, its digest' "$(is 1; is stable; is kept)"
first=$(buildx imagetools inspect --raw "$image:stable" | sha256sum)
seen "a tag made of that list" 'again: a list, its digest' "$(is again)"
matters "what was tested, signed or scanned as app@DIGEST is not what the promoted tag says; a check that both are one fails, and a rollout by
          digest replaces what runs already; --prefer-index=false copies"
