#!/usr/bin/env bash
# Docker's registry 2.8: a tag cannot be deleted; deleting the digest that it has takes all tags of that image away.
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
  delete: {enabled: true}
http: {addr: 127.0.0.1:$port}
CONFIG
docker-registry serve config.yml >log 2>&1 &
registry=$!
url=http://127.0.0.1:$port/v2/app
listening "$port" "$registry"
echo '{}' >config
digest() { echo "sha256:$(sha256sum "$1" | cut -d ' ' -f 1)"; }
curl -fsS -X PUT -H 'Content-Type: application/octet-stream' --data-binary @config \
	"$(curl -fsS -X POST -o /dev/null -w '%header{location}' "$url/blobs/uploads/")&digest=$(digest config)"
type=application/vnd.oci.image.manifest.v1+json
printf '{"schemaVersion":2,"mediaType":"%s","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"%s","size":3},"layers":[]}' \
	"$type" "$(digest config)" >image
for tag in 1.4.0 latest pull-request-7; do curl -fsS -X PUT -H "Content-Type: $type" --data-binary @image "$url/manifests/$tag"; done
delete() { curl -s -X DELETE -o /dev/null -w '%{http_code}' "$url/manifests/$1"; }

version "docker-registry $(dpkg-query -W -f '${Version}' docker-registry)"
guess "deleting the tag of a pull request takes that tag away, be it by its name or by the digest that it has"
seen "tags of one image" '{"name":"app","tags":["1.4.0","latest","pull-request-7"]}' "$(curl -s "$url/tags/list" | jq -c '.tags |= sort')"
seen "DELETE /v2/app/manifests/pull-request-7" 400 "$(delete pull-request-7)"
seen "DELETE of the digest that HEAD says of it" 202 "$(delete "$(curl -sI -H "Accept: $type" "$url/manifests/pull-request-7" | tr -d '\r' | sed -n 's/^docker-content-digest: //Ip')")"
seen "tags" '{"name":"app","tags":null}' "$(curl -s "$url/tags/list")"
matters "cleaning up after a pull request whose build was the same as the release's, which reproducible builds make likely, deletes the
          release and latest; the next garbage-collect makes it final"
