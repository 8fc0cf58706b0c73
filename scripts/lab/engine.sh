#!/usr/bin/env bash
# Starts a Docker engine in the background when none answers, and waits until it does.
# Safe to call at any time, and by several callers at once.
#
#   scripts/lab/engine.sh                    the machine's own
#   scripts/lab/engine.sh VERSION            a second one beside it with the lab's images; prints the DOCKER_HOST
#                                            that reaches it
#   scripts/lab/engine.sh VERSION exec CMD…  runs a command, as root, as if that engine were the machine's own
#   scripts/lab/engine.sh VERSION stop       ends it; all that it held goes, but for its images
#
# VERSION is 26, which is Debian 13's 26.1; 26-containerd, the same with the containerd image store, which later engines
# have by default; or 29, one past that, compiled from the Go module proxy when it is first needed. It runs in a container
# of the first and sees this machine's files where they are, the system's own directories aside. The ports that it
# publishes are on 127.0.0.1 in that container's network namespace, which is where exec runs the command. Its images stay
# in the volume spellbook-engine-VERSION for the next time. All of this needs root, and asks sudo for it; who may speak to
# the first engine may speak to the second. The container has the label of a test's project: scripts/test.sh takes away
# what was not stopped.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here
readonly usage='usage: scripts/lab/engine.sh [26|26-containerd|29 [exec COMMAND… | stop]]'
readonly log=/var/log/spellbook-dockerd.log
readonly lock=/run/lock/spellbook-dockerd.lock
readonly pidfile=/var/run/docker.pid
readonly patience=60 # seconds
readonly mark=io.spellbook.lab # the label of the lab's images
started=''                     # the process id of the engine that was started here

main() {
	if [ $# -eq 0 ]; then
		first
		return
	fi
	case $1 in 26 | 26-containerd | 29) ;; *) fail "$usage" 2 ;; esac
	case "${2:-} $#" in
	' 1' | 'stop 2') ;;
	'exec 2') fail "$usage" 2 ;;
	'exec '*) ;;
	*) fail "$usage" 2 ;;
	esac
	if [ "$(id -u)" -ne 0 ]; then
		as_root env "PATH=$PATH" bash "${BASH_SOURCE[0]}" "$@"
		return
	fi
	second "$@"
}

# first is the machine's own engine.
first() {
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

	hold "$lock" $((patience * 2))
	if engine_answers; then return; fi # the caller before us started it
	start
	await
}

# hold FILE SECONDS waits for a lock, and has it until descriptor 9 is closed.
hold() {
	mkdir -p "$(dirname "$1")"
	exec 9>"$1"
	flock --timeout "$2" 9 || fail "another engine.sh has held $1 for too long: end it and try again"
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

# second VERSION [exec COMMAND… | stop]
second() {
	unset DOCKER_HOST DOCKER_CONTEXT # it runs in the machine's own
	first
	image=lab/engine:${1%-containerd} recipe=engine
	[ "$1" != 29 ] || recipe=engine29
	version=$1 name=sbtest-engine-$1 volume=spellbook-engine-$1 directory=/run/spellbook-engine-$1
	if [ "${2:-}" = stop ]; then
		docker container rm --force --volumes "$name" >/dev/null 2>&1 || true
		return
	fi
	hold "/run/lock/spellbook-engine-$version.lock" 900 # as long as the images take the first time
	if ! await_second; then # one that is only slow gets its time: tests may be using it
		"$here/images.sh" "$recipe" >&2
		start_second
		await_second || {
			docker logs --tail 15 "$name" >&2
			fail "the engine in container $name does not answer"
		}
		forget
	fi
	load
	exec 9>&-
	if [ "${2:-}" = exec ]; then enter "${@:3}"; fi
	echo "DOCKER_HOST=unix://$directory/docker.sock"
}

inner() { docker --host "unix://$directory/docker.sock" "$@"; }

second_answers() { within 5 docker --host "unix://$directory/docker.sock" version --format '{{.Server.Version}}' >/dev/null 2>&1; }

# start_second gives the engine what it needs and no more: --privileged fails where the machine itself lacks a
# capability. Its process ids are the machine's: what is told of one, to a test that ends it, is true here. IPv6
# cannot be turned off there, which the engine would refuse to go on with. Below the container's
# own control group (version 1) those of its containers go when it does. Who may use the first engine's socket may
# use this one.
start_second() {
	local mounts=() one settings='"builder": {"gc": {"enabled": true, "defaultKeepStorage": "2GB"}}'
	case $version in *-containerd) settings+=', "features": {"containerd-snapshotter": true}' ;; esac
	for one in /*/ /var/tmp/; do
		one=${one%/}
		case $one in
		/bin | /boot | /dev | /etc | /lib* | /proc | /run | /sbin | /sys | /usr | /var | /lost+found) ;;
		*) [ -L "$one" ] || mounts+=(--volume "$one:$one") ;;
		esac
	done
	say "starting the second Docker engine, $version" >&2
	docker container rm --force --volumes "$name" >/dev/null 2>&1 || true
	# shellcheck disable=SC2016 # the shell inside expands it
	docker run --detach --name "$name" --hostname "engine-$version" --pid host --label "com.docker.compose.project=$name" \
		--cap-add SYS_ADMIN --cap-add NET_ADMIN --cap-add MKNOD --cap-add SYS_PTRACE \
		--security-opt seccomp=unconfined --security-opt apparmor=unconfined --device-cgroup-rule 'a *:* rwm' \
		--env DOCKER_ALLOW_IPV6_ON_IPV4_INTERFACE=1 --env "SETTINGS={$settings}" --volume /sys/fs/cgroup:/sys/fs/cgroup \
		--volume "$volume:/var/lib/docker" --volume "$directory:/run/engine" "${mounts[@]}" "$image" bash -c '
			mount -o remount,rw /proc/sys # from 27 on the engine turns IPv6 off there, and ends a start where it cannot
			mkdir -p /etc/docker && echo "$SETTINGS" >/etc/docker/daemon.json
			group=$(sed -n "s/^[0-9]*:memory://p" /proc/self/cgroup)
			exec dockerd --host unix:///run/engine/docker.sock --group "$0" ${group:+--cgroup-parent "$group"}' \
		"$(stat -c %g /var/run/docker.sock)" >/dev/null
}

# await_second fails where the container does not run, or its engine takes too long.
await_second() {
	local deadline=$((SECONDS + patience))
	until second_answers; do
		[ "$(docker inspect --format '{{.State.Running}}' "$name" 2>/dev/null)" = true ] || return 1
		[ $SECONDS -lt $deadline ] || return 1
		sleep 0.1
	done
}

# forget removes what an earlier run left in the volume: all but the lab's images.
forget() {
	local ids
	ids=$(inner container ls --all --quiet)
	# shellcheck disable=SC2086 # words are meant
	[ -z "$ids" ] || inner container rm --force --volumes $ids >/dev/null
	inner network prune --force >/dev/null
	inner volume prune --all --force >/dev/null
	inner image prune --all --force --filter "label!=$mark" >/dev/null
}

# load copies the lab's images that the engine lacks, or has of other inputs. Their ids tell nothing: each kind of
# store has its own.
load() {
	local missing
	missing=$(comm -23 <(lab_images docker) <(lab_images inner) | cut -d' ' -f1)
	[ -n "$missing" ] || return 0
	say "copying $(wc -w <<<"$missing") of the lab's images to the second engine" >&2
	# shellcheck disable=SC2086 # words are meant
	docker save $missing | inner load >/dev/null
	inner image prune --force --filter "label=$mark" >/dev/null # those that they replaced
}

# lab_images DOCKER lists an engine's images of the lab: name and hash of inputs.
lab_images() {
	local names
	names=$("$1" image ls --filter "label=$mark" --format '{{.Repository}}:{{.Tag}}' | grep '^lab/') || return 0
	# shellcheck disable=SC2086 # words are meant
	"$1" image inspect $names \
		--format "{{\$hash := index .Config.Labels \"$mark.inputs\"}}{{range .RepoTags}}{{println . \$hash}}{{end}}" | grep '^lab/' | sort -u
}

# enter COMMAND… goes into the network namespace where that engine's ports are, and into a mount namespace where its
# socket is the machine's own.
enter() {
	local pid
	pid=$(docker inspect --format '{{.State.Pid}}' "$name")
	# shellcheck disable=SC2016 # the shell inside expands it
	exec nsenter --net="/proc/$pid/ns/net" unshare --mount sh -c \
		'mount --bind "$0" /run/docker.sock && exec "$@"' "$directory/docker.sock" "$@"
}

main "$@"
