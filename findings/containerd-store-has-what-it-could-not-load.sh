#!/usr/bin/env bash
# After a `docker load` that failed, containerd's image store answers `docker image inspect` for what it cannot run.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
containerd_store
name=finding-$$-$RANDOM:1
remove() {
	docker rm -f "${name%:1}" >/dev/null 2>&1
	docker rmi -f "$name" >/dev/null
}

guess "docker load fails, and there is no such image"
mkdir -p image/blobs/sha256
blob() { # TEXT is put among the blobs; prints its digest
	local digest
	digest=$(printf %s "$1" | sha256sum | cut -d' ' -f1)
	printf %s "$1" >"image/blobs/sha256/$digest"
	echo "$digest"
}
layer=$(sha256sum <<<"$name" | cut -d' ' -f1) # is in no archive
config="{\"architecture\":\"$(docker version -f '{{.Server.Arch}}')\",\"os\":\"linux\",\"config\":{\"Cmd\":[\"x\"]},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:$layer\"]}}"
type=application/vnd.docker
manifest="{\"schemaVersion\":2,\"mediaType\":\"$type.distribution.manifest.v2+json\",\"config\":{\"mediaType\":\"$type.container.image.v1+json\",\"digest\":\"sha256:$(blob "$config")\",\"size\":${#config}},\"layers\":[{\"mediaType\":\"$type.image.rootfs.diff.tar\",\"digest\":\"sha256:$layer\",\"size\":1024}]}"
echo '{"imageLayoutVersion":"1.0.0"}' >image/oci-layout
cat >image/index.json <<-JSON
	{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"mediaType":"$type.distribution.manifest.v2+json","digest":"sha256:$(blob "$manifest")","size":${#manifest},
	"annotations":{"io.containerd.image.name":"docker.io/library/$name","org.opencontainers.image.ref.name":"1"}}]}
JSON
code=0
said=$(tar -C image -c . | docker load 2>&1) || code=$?
printf 'seen:     docker load: exit code %s, %s\n' "$code" "$(tail -n 1 <<<"$said" | cut -c1-60)…" # 1 before Docker 28, then 0
seen "docker image inspect of its name, docker create of it" "found, refused" "$(
	docker image inspect "$name" >/dev/null 2>&1 && printf 'found, ' || printf 'not found, '
	docker create --pull never --name "${name%:1}" "$name" >/dev/null 2>&1 && echo made || echo refused
)"
matters "an image that can be inspected may be one that no container can be made of: before Docker 28 the list does not have it,
          from then on it has, and inspect says Available: false of its manifest (API 1.48)"
