#!/usr/bin/env bash
# Docker's registry 2.8: garbage-collect --delete-untagged deletes the platforms of an image whose index has a tag.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
debian docker-registry=docker-registry curl=curl jq=jq
remove() { kill "$registry"; }
port=$((20000 + RANDOM % 20000))
cat >config.yml <<CONFIG
version: 0.1
log: {level: error}
storage:
  filesystem: {rootdirectory: $dir/data}
http: {addr: 127.0.0.1:$port}
CONFIG
url=http://127.0.0.1:$port/v2/app

serve() {
	docker-registry serve config.yml >log 2>&1 &
	registry=$!
	listening "$port" "$registry"
}
# object FILE TYPE prints the file's entry in a manifest.
object() { jq -n --arg d "sha256:$(sha256sum "$1" | cut -d ' ' -f 1)" --argjson s "$(stat -c %s "$1")" --arg t "$2" '{mediaType: $t, digest: $d, size: $s}'; }
# blob FILE and manifest FILE REFERENCE TYPE push them.
blob() {
	local place
	place=$(curl -fsS -X POST -o /dev/null -w '%header{location}' "$url/blobs/uploads/")
	curl -fsS -X PUT -H 'Content-Type: application/octet-stream' --data-binary "@$1" "$place&digest=$(object "$1" x | jq -r .digest)"
}
manifest() { curl -fsS -X PUT -H "Content-Type: $3" --data-binary "@$1" "$url/manifests/$2"; }
# status PATH… prints what a client gets.
status() { curl -s -o /dev/null -w '%{http_code}' -H "Accept: $index, $image" "$url/$1"; }

index=application/vnd.oci.image.index.v1+json
image=application/vnd.oci.image.manifest.v1+json
for platform in amd64 arm64; do
	printf '{"architecture":"%s","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}' "$platform" >"config-$platform"
	head -c 1000 /dev/urandom >"layer-$platform"
	jq -n --argjson c "$(object "config-$platform" application/vnd.oci.image.config.v1+json)" \
		--argjson l "$(object "layer-$platform" application/vnd.oci.image.layer.v1.tar+gzip)" --arg t "$image" \
		'{schemaVersion: 2, mediaType: $t, config: $c, layers: [$l]}' >"image-$platform"
	object "image-$platform" "$image" | jq --arg p "$platform" '. + {platform: {os: "linux", architecture: $p}}' >"entry-$platform"
done
jq -s --arg t "$index" '{schemaVersion: 2, mediaType: $t, manifests: .}' entry-* >whole

version "docker-registry $(dpkg-query -W -f '${Version}' docker-registry)"
guess "a manifest that a tagged index names is in use: only what no tag leads to is deleted"
serve
for platform in amd64 arm64; do
	blob "config-$platform"
	blob "layer-$platform"
	manifest "image-$platform" "$(jq -r .digest "entry-$platform")" "$image"
done
manifest whole latest "$index"
manifest image-amd64 amd64 "$image"
# states prints the status of the tag, and of manifest and layer of both platforms.
states() {
	local platform
	echo "tag $(status manifests/latest)"
	for platform in amd64 arm64; do
		echo "$platform: manifest $(status "manifests/$(jq -r .digest "entry-$platform")"), layer $(status "blobs/$(object "layer-$platform" x | jq -r .digest)")"
	done
}
seen "app:latest, an index of two platforms; app:amd64 is one of them" $'tag 200\namd64: manifest 200, layer 200\narm64: manifest 200, layer 200' "$(states)"
kill "$registry"
wait "$registry" || true
docker-registry garbage-collect --delete-untagged config.yml >collected 2>&1
serve
seen "after garbage-collect --delete-untagged, with the registry stopped" $'tag 200\namd64: manifest 200, layer 200\narm64: manifest 404, layer 404' "$(states)"
matters "cleaning up a registry, as its own help words it, leaves the tag of every image for several platforms, and of every build with an
          attestation, which is an index too, without what it names: the pull says 'manifest unknown' on the server, and only there"
