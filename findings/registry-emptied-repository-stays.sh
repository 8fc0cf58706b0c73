#!/usr/bin/env bash
# Docker's registry 2.8: a repository whose last image was deleted stays in _catalog, after a garbage-collect too, with tags null in the place of a list.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
debian docker-registry=docker-registry curl=curl
registry=
remove() { kill "$registry"; }
port=$((20000 + RANDOM % 10000))
cat >config.yml <<CONFIG
version: 0.1
log: {level: error}
storage:
  filesystem: {rootdirectory: $dir/data}
  delete: {enabled: true}
http: {addr: 127.0.0.1:$port}
CONFIG
url=http://127.0.0.1:$port/v2
serve() {
	docker-registry serve config.yml >log 2>&1 &
	registry=$!
	listening "$port" "$registry"
}
digest() { echo "sha256:$(sha256sum "$1" | cut -d ' ' -f 1)"; }
image=application/vnd.docker.distribution.manifest.v2+json
echo '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]},"history":[]}' >config
printf '{"schemaVersion":2,"mediaType":"%s","config":{"mediaType":"application/vnd.docker.container.image.v1+json","digest":"%s","size":%s},"layers":[]}' \
	"$image" "$(digest config)" "$(stat -c %s config)" >image
# push REPOSITORY pushes the image as its v1.
push() {
	curl -fsS -X PUT -H 'Content-Type: application/octet-stream' --data-binary @config \
		"$(curl -fsS -X POST -o /dev/null -w '%header{location}' "$url/$1/blobs/uploads/")&digest=$(digest config)"
	curl -fsS -X PUT -H "Content-Type: $image" --data-binary @image "$url/$1/manifests/v1"
}

version "docker-registry $(dpkg-query -W -f '${Version}' docker-registry)"
guess "a repository without an image is none: not in the catalog, and 404 or an empty list for its tags; the collector takes what is left"
serve
push app
push old
curl -fsS -X DELETE "$url/old/manifests/$(digest image)"
answers() {
	curl -s "$url/_catalog"
	curl -s -w '%{http_code}\n' "$url/old/tags/list"
	curl -s -o never -w 'a repository that never was: %{http_code}\n' "$url/never/tags/list"
}
kept='{"repositories":["app","old"]}
{"name":"old","tags":null}
200
a repository that never was: 404'
seen "the only image of old was deleted: _catalog, tags of old" "$kept" "$(answers)"
kill "$registry"
wait "$registry" 2>/dev/null || true
docker-registry garbage-collect --delete-untagged config.yml >collected 2>&1
serve
seen "after garbage-collect --delete-untagged, and a start" "$kept" "$(answers)"
matters "a clean-up of review environments leaves each one's repository in the list for ever, and a script that goes through tags of all that are
          listed meets a null; only the directory removed from the storage takes it away"
