#!/usr/bin/env bash
# A container of the network "none" still has one set up: the engine runs itself once more as a hook of its start.
# Needs an engine, curl, and an image with sh: IMAGE, or one of Redis that is there.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
name=finding-$$-$RANDOM
remove() { docker rm -f "$name" >/dev/null 2>&1; }

socket=${DOCKER_HOST:-unix:///var/run/docker.sock}
socket=${socket#unix://}
image=${IMAGE:-$(docker images --format '{{.Repository}}:{{.Tag}}' | grep -v '<none>' | grep -m 1 redis)}
version "engine $(docker version --format '{{.Server.Version}}')"
guess '--network none is the cheapest network that a container can have: there is nothing to set up'
matters "internal/docker's RunOnce sets NetworkDisabled as well: what copies a snapshot's volumes starts in half the time"

request() { curl -sS --unix-socket "$socket" -H 'Content-Type: application/json' -X "$@"; }

# start prints how many milliseconds the start of a container took whose network is disabled or not.
start() {
	local id began
	id=$(request POST "http://d/containers/create?name=$name" -d '{"Image":"'"$image"'","Entrypoint":["sh"],"Cmd":["-c","true"],"NetworkDisabled":'"$1"',
		"Healthcheck":{"Test":["NONE"]},"HostConfig":{"NetworkMode":"none"}}' | grep -o '"Id":"[0-9a-f]*"' | cut -d '"' -f 4)
	began=$(date +%s%N)
	request POST "http://d/containers/$id/start"
	printf '%s\n' $((($(date +%s%N) - began) / 1000000))
	request POST "http://d/containers/$id/wait" >/dev/null
	docker rm "$id" >/dev/null
}

for _ in 1 2 3 4 5 6 7; do
	start false >>none
	start true >>disabled
done
median() { sort -n "$1" | sed -n 4p; }
printf 'medians:  none %s ms, disabled %s ms\n' "$(median none)" "$(median disabled)"
seen 'is none more than 1.3 times as slow to start as a disabled network' yes \
	"$([ $(($(median none) * 10)) -gt $(($(median disabled) * 13)) ] && echo yes || echo no)"
