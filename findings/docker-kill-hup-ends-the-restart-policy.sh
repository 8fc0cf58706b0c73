#!/usr/bin/env bash
# A signal by docker kill, a HUP that reloads too, ends `restart: always`: what crashes afterwards stays down.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

# It needs a Docker engine: one image with busybox, and a container of it, both of this name.
name=finding-$$-$RANDOM
remove() {
	docker rm -f "$name" >/dev/null 2>&1
	docker image rm "$name:1" >/dev/null
}

busybox_image "$name:1"
# after SIGNAL COMMAND… runs a container with that stop signal, which reloads on HUP and crashes on USR1, runs the command, has it crash, and
# prints what it is then.
after() {
	docker run -d --name "$name" --restart always ${1:+--stop-signal "$1"} "$name:1" \
		/busybox sh -c 'trap "echo reloaded" HUP; trap "exit 1" USR1; echo ready; while :; do /busybox sleep 0.1; done' >/dev/null
	shift
	patiently logged ready
	"$@" >/dev/null
	patiently logged reloaded
	docker exec "$name" /busybox kill -USR1 1
	sleep 3
	docker inspect -f '{{.State.Status}}, restarted {{.RestartCount}} times' "$name"
	docker rm -f "$name" >/dev/null
}
logged() { docker logs "$name" | grep -qx "$1"; }

version "engine $(docker version --format '{{.Server.Version}}')"
guess "a container that goes on after a signal is what it was, with its restart policy"
seen "HUP by docker exec kill, then a crash" "running, restarted 1 times" "$(after "" docker exec "$name" /busybox kill -HUP 1)"
seen "HUP by docker kill -s HUP, then a crash" "exited, restarted 0 times" "$(after "" docker kill -s HUP "$name")"
seen "the same of a container with --stop-signal TERM, which is the default" "running, restarted 1 times" "$(after TERM docker kill -s HUP "$name")"
matters "a server whose logs are rotated or certificates renewed by docker kill -s HUP, or docker compose kill -s HUP, is the one that does not come
          back after its next crash, weeks later; inspect still says restart: always. An image or a service with a stop
          signal is spared, with restart: always"
