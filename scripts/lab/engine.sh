#!/usr/bin/env bash
# Starts a Docker engine in the background when none answers, and waits until it does.
# Safe to call at any time, and by several callers at once.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly log=/var/log/spellbook-dockerd.log
readonly lock=/run/lock/spellbook-dockerd.lock
readonly pidfile=/var/run/docker.pid
readonly patience=60 # seconds
started='' # the process id of the engine that was started here

main() {
	if engine_answers; then return; fi
	case "${DOCKER_HOST:-unix:///var/run/docker.sock}" in
	unix:///var/run/docker.sock | unix:///run/docker.sock) ;;
	*) fail "the engine at DOCKER_HOST=$DOCKER_HOST does not answer: start it, or unset DOCKER_HOST to use a local one" ;;
	esac
	if [ "$(id -u)" -ne 0 ]; then
		as_root bash "${BASH_SOURCE[0]}"
		return
	fi
	command -v dockerd >/dev/null || fail "no dockerd here: run scripts/lab/install.sh first" 3

	mkdir -p "$(dirname "$lock")"
	exec 9>"$lock"
	flock --timeout $((patience * 2)) 9 || fail "another engine.sh has held $lock for too long: end it and try again"
	if engine_answers; then return; fi # the caller before us started it
	start
	await
}

start() {
	if [ -d /run/systemd/system ] && systemctl cat docker.service >/dev/null 2>&1; then
		say "starting the Docker engine (systemctl start docker)"
		systemctl start docker || fail "systemctl start docker: see journalctl -u docker"
		return
	fi
	# A dockerd that is only slow gets its time; two of them would fight over /var/lib/docker.
	if is_program dockerd "$pidfile"; then
		say "waiting for the Docker engine that is starting"
		return
	fi
	forget_stale_pid dockerd "$pidfile"
	forget_stale_pid containerd /var/run/docker/containerd/containerd.pid
	say "starting the Docker engine (log: $log)"
	# Without 9>&- the engine would inherit the lock, and hold it for as long as it lives.
	setsid nohup dockerd >"$log" 2>&1 </dev/null 9>&- &
	started=$!
}

# forget_stale_pid removes a pid file whose number belongs to no process, or by now to another
# program: dockerd refuses to start, or waits for a containerd that is none, when it finds one.
forget_stale_pid() { is_program "$1" "$2" || rm -f "$2"; }

# is_program NAME PIDFILE holds when the process that a pid file names is that program. (A search by
# name would find the engines inside containers as well.)
is_program() {
	local pid=none
	[ -e "$2" ] && pid=$(cat "$2")
	[ "$(cat "/proc/${pid:-none}/comm" 2>/dev/null)" = "$1" ]
}

await() {
	local deadline=$((SECONDS + patience))
	until engine_answers; do
		if [ -n "$started" ] && ! kill -0 "$started" 2>/dev/null; then
			give_up "the Docker engine ended while it was starting"
		fi
		if [ $SECONDS -ge $deadline ]; then
			give_up "the Docker engine does not answer after ${patience}s"
		fi
		sleep 0.2
	done
}

give_up() {
	[ -z "$started" ] || tail -n 15 "$log" >&2
	fail "$1${started:+; its log is $log}"
}

main "$@"
