#!/usr/bin/env bash
# Docker: a pull that fails at its last layer throws away those that it had, and the next one fetches them again.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
debian docker-registry=docker-registry
port=$((20000 + RANDOM % 20000))
image=127.0.0.1:$port/finding:1
remove() {
	docker rmi "$image" >/dev/null 2>&1
	kill "$registry"
}
cat >config.yml <<CONFIG
version: 0.1
log: {level: error}
storage:
  cache: {}
  filesystem: {rootdirectory: $dir/data}
http: {addr: 127.0.0.1:$port}
CONFIG
docker-registry serve config.yml >log 2>&1 &
registry=$!
until (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do sleep 0.1; done

build() {
	printf 'FROM scratch\nCOPY one /\nCOPY two /\nCOPY three /\n' >Dockerfile
	head -c 1000000 /dev/urandom >one
	head -c 2000000 /dev/urandom >two
	head -c 60000000 /dev/urandom >three
	tar c Dockerfile one two three | DOCKER_BUILDKIT=0 docker build -q -t "$image" - >/dev/null 2>&1
}
# damage changes a byte of the largest blob: the engine sees that when it has all of it.
damage() {
	local blob
	blob=$(find data -name data -size +50M)
	printf x | dd of="$blob" bs=1 seek=1000000 conv=notrunc status=none
}
# pull WHICH prints how many layers the engine says what of.
pull() {
	local said
	said=$(docker pull "$image" 2>&1 || true)
	echo "$1: $(grep -oE '(Already exists|Download complete)$' <<<"$said" | sort | uniq -c | awk '{printf "%s%s %s %s", sep, $1, $2, $3; sep = ", "}')"
}

version "engine $(docker version --format '{{.Server.Version}}'), docker-registry $(dpkg-query -W -f '${Version}' docker-registry)"
guess "a layer that came whole stays: the next attempt says 'Already exists' and fetches what is missing"
build
docker push -q "$image" >/dev/null
docker rmi "$image" >/dev/null
damage
seen "layers of 1, 2 and 60 MB, of which the last is damaged; a pull that fails, and the next" 'first: 2 Download complete
next: 2 Download complete' "$(pull first)
$(pull next)"
matters "whoever has a slow or breaking line begins at nothing each time, however many layers were finished; what stays is what an
          image has, so a large one gets there in images of its first layers (an engine with the containerd store keeps even halves)"
