#!/usr/bin/env bash
# In containerd's image store a build of nothing new is another image, and before Docker 28
# `docker compose up -d` makes its containers anew.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
debian busybox=busybox-static
containerd_store
name=finding-$$-$RANDOM
remove() { compose -p "$name" down --rmi all >/dev/null 2>&1; }

guess "all steps come from the cache, so the image is the one that is there, and up has nothing to do"
cp "$(command -v busybox)" busybox
printf 'FROM scratch\nCOPY busybox /\n' >Dockerfile
printf 'services: {web: {image: "%s", build: ., command: [/busybox, sleep, "3600"], stop_grace_period: 0s}}\n' "$name" >compose.yaml
id() { docker image inspect -f '{{.Id}}' "$name"; }
layers() { docker image inspect -f '{{.RootFS.Layers}} {{.Created}}' "$name"; }
container() { compose -p "$name" ps -aq web; }
compose -p "$name" build -q >build.log 2>&1
compose -p "$name" up -d >/dev/null 2>&1
id=$(id) layers=$(layers) container=$(container)
compose -p "$name" build -q >build.log 2>&1
seen "after a second build: layers and time, ID, the first image by its ID" "the same, another, gone" "$(
	[ "$(layers)" = "$layers" ] && printf 'the same, ' || printf 'others, '
	[ "$(id)" = "$id" ] && printf 'the same, ' || printf 'another, '
	docker image inspect "$id" >/dev/null 2>&1 && echo there || echo gone
)"
compose -p "$name" up -d >/dev/null 2>&1
known=another # from API 1.48 on Compose asks for the manifest in the index
[ "$(docker version -f '{{slice .Server.APIVersion 2}}')" -lt 48 ] || known='the same'
seen "the container after up -d" "$known" "$([ "$(container)" = "$container" ] && echo 'the same' || echo another)"
matters "the ID is the digest of an index with the attestation of the build in it, which has its time. Who goes by IDs restarts
          a database for a build that made nothing; and what the container was made from cannot be asked any more"
