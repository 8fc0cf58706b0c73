#!/usr/bin/env bash
# Runs a newer engine, that of Debian 13 (26.1), in a container of the engine that is there:
#
#   scripts/lab/trixie.sh start DIR         and prints the DOCKER_HOST that reaches it, a socket in DIR
#   scripts/lab/trixie.sh load DIR IMAGE…   copies images of the outer engine to it
#   scripts/lab/trixie.sh stop DIR          ends it; all that it held goes
#
# DIR is the caller's and short (a socket's path has 107 characters at most). What runs already is left
# as it is. Ports that its containers publish are not this machine's: they end in that container. It
# carries the label of a test's project, so that scripts/test.sh takes away what was not stopped.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here
readonly image=lab/engine:26
readonly usage='usage: scripts/lab/trixie.sh start DIR | load DIR IMAGE… | stop DIR'
readonly patience=60 # seconds

main() {
	[ $# -ge 2 ] || fail "$usage" 2
	case $1 in
	start) mkdir -p "$2" ;;
	stop) [ -d "$2" ] || return 0 ;; # has been stopped
	esac
	dir=$(cd "$2" && pwd)
	name=sbtest-trixie-$(sha256sum <<<"$dir" | cut -c1-12)
	readonly dir name
	case $1 in
	start) start ;;
	load) load "${@:3}" ;;
	stop) stop ;;
	*) fail "$usage" 2 ;;
	esac
}

inner() { docker --host "unix://$dir/docker.sock" "$@"; }

answers() { within 5 docker --host "unix://$dir/docker.sock" version --format '{{.Server.Version}}' >/dev/null 2>&1; }

start() {
	if ! answers; then
		"$here/images.sh" engine >&2
		run
		await
	fi
	echo "DOCKER_HOST=unix://$dir/docker.sock"
}

# run gives the engine what it needs and no more: --privileged fails where the machine itself lacks a
# capability. IPv6 cannot be turned off there, which the engine would refuse to go on with.
run() {
	docker container rm --force --volumes "$name" >/dev/null 2>&1 || true
	docker run --detach --name "$name" --hostname trixie --label "com.docker.compose.project=$name" \
		--cap-add SYS_ADMIN --cap-add NET_ADMIN --cap-add MKNOD --cap-add SYS_PTRACE \
		--security-opt seccomp=unconfined --security-opt apparmor=unconfined --device-cgroup-rule 'a *:* rwm' \
		--env DOCKER_ALLOW_IPV6_ON_IPV4_INTERFACE=1 --volume /sys/fs/cgroup:/sys/fs/cgroup \
		--volume /var/lib/docker --volume "$dir:/run/engine" \
		"$image" dockerd --host unix:///run/engine/docker.sock >/dev/null
}

await() {
	local deadline=$((SECONDS + patience))
	until answers; do
		if [ "$(docker inspect --format '{{.State.Running}}' "$name")" != true ] || [ $SECONDS -ge $deadline ]; then
			docker logs --tail 15 "$name" >&2
			fail "the engine in container $name does not answer"
		fi
		sleep 0.1
	done
}

load() {
	local one
	for one in "$@"; do
		inner image inspect "$one" >/dev/null 2>&1 || docker save "$one" | inner load >/dev/null
	done
}

stop() {
	docker container rm --force --volumes "$name" >/dev/null 2>&1 || true
	rm -f "$dir/docker.sock"
	rmdir "$dir" 2>/dev/null || true # only when nothing of the caller's is in it
}

main "$@"
