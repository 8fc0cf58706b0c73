#!/usr/bin/env bash
# Docker's registry 2.8: a tag of an OCI index is 404 for `Accept: */*`, and one of a manifest list has another digest for who accepts images.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
debian docker-registry=docker-registry curl=curl
remove() { kill "$registry"; }
port=$((20000 + RANDOM % 20000))
cat >config.yml <<CONFIG
version: 0.1
log: {level: error}
storage:
  filesystem: {rootdirectory: $dir/data}
http: {addr: 127.0.0.1:$port}
CONFIG
docker-registry serve config.yml >log 2>&1 &
registry=$!
url=http://127.0.0.1:$port/v2/app
listening "$port" "$registry"
digest() { echo "sha256:$(sha256sum "$1" | cut -d ' ' -f 1)"; }
put() { curl -fsS -X PUT -H "Content-Type: $2" --data-binary "@$1" "$url/manifests/$3"; }
image=application/vnd.docker.distribution.manifest.v2+json
list=application/vnd.docker.distribution.manifest.list.v2+json
index=application/vnd.oci.image.index.v1+json
echo '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]},"history":[]}' >config
curl -fsS -X PUT -H 'Content-Type: application/octet-stream' --data-binary @config \
	"$(curl -fsS -X POST -o /dev/null -w '%header{location}' "$url/blobs/uploads/")&digest=$(digest config)"
printf '{"schemaVersion":2,"mediaType":"%s","config":{"mediaType":"application/vnd.docker.container.image.v1+json","digest":"%s","size":%s},"layers":[]}' \
	"$image" "$(digest config)" "$(stat -c %s config)" >image
put image "$image" "$(digest image)"
for kind in list index; do
	printf '{"schemaVersion":2,"mediaType":"%s","manifests":[{"mediaType":"%s","digest":"%s","size":%s,"platform":{"architecture":"amd64","os":"linux"}}]}' \
		"${!kind}" "$image" "$(digest image)" "$(stat -c %s image)" >"$kind"
	put "$kind" "${!kind}" "of-$kind"
done
# head TAG ACCEPT prints the status and what has the digest that is said.
head() {
	local answer
	answer=$(curl -sI -H "Accept: $2" -w '%{http_code} %header{docker-content-digest}' -o /dev/null "$url/manifests/$1")
	answer=${answer/$(digest image)/the image}
	answer=${answer/$(digest list)/the list}
	answer=${answer/$(digest index)/the index}
	echo "${answer% }"
}

version "docker-registry $(dpkg-query -W -f '${Version}' docker-registry)"
guess "HEAD of a tag is 200 with one digest, what Accept says decides the form at most, and */* is any"
seen "tag of an OCI index, Accept: */*, as curl sends" 404 "$(head of-index '*/*')"
seen "the same, Accept: the index's type" "200 the index" "$(head of-index "$index")"
seen "tag of a manifest list, Accept: */*" 400 "$(head of-list '*/*')"
seen "the same, Accept: the list's type" "200 the list" "$(head of-list "$list")"
seen "the same, Accept: an image's type" "200 the image" "$(head of-list "$image")"
matters "a script that asks by curl whether a release has been pushed is told that it has not, and one that pins, compares or deletes by
          the digest has that of one platform; all four types belong into Accept, and Content-Type tells which one it is"
