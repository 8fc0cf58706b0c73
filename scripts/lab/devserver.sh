#!/usr/bin/env bash
# Servers to deploy to: containers with sshd and a Docker engine of their own, 20.10 or 26.1 as Debian 12 and 13
# have it (26-containerd keeps its images in the containerd store, as later ones do; 386 is 20.10 of another platform,
# linux/386), no Compose, no password; a key lets in root and deploy, who is in the group docker.
#
#   scripts/lab/devserver.sh up [N]             N servers of this checkout (1 to 3, lab-dev-1 …; the second is 26)
#                                               and env/.env.lab-dev, which deploys to the first
#   scripts/lab/devserver.sh down               removes them with all that they hold, and that file
#   scripts/lab/devserver.sh start DIR VERSION  one server for a test; prints what DEPLOY_HOST gets, and
#                                               the container's name
#   scripts/lab/devserver.sh stop DIR           removes it
#
# DIR (for up .spellbook/lab/devserver) gets config for `ssh -F`, a new key, known_hosts, and bin/ssh, which is
# ssh with that config: it goes first in PATH, so that nobody's ~/.ssh is touched. sshd is published on a port of
# 127.0.0.1; a server's other ports are reached at its address on the bridge. What is there already is started
# again where it stopped, and kept as it is. The containers carry the label of a test's project: scripts/test.sh
# takes away what was not stopped.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
readonly here root
readonly home=$root/.spellbook/lab/devserver environment=$root/env/.env.lab-dev
readonly usage='usage: scripts/lab/devserver.sh up [1|2|3] | down | start DIR 20.10|26|26-containerd|386 | stop DIR'
readonly first_port=22201 last_port=22399
readonly patience=60 # seconds

main() {
	umask 077
	case "${1:-} $#" in
	'up 1' | 'up 2') up "${2:-1}" ;;
	'down 1') down ;;
	'start 3') start "$2" "$3" ;;
	'stop 2') stop "$2" ;;
	*) fail "$usage" 2 ;;
	esac
}

up() {
	case $1 in [123]) ;; *) fail "$usage" 2 ;; esac
	local n version host
	for ((n = 1; n <= $1; n++)); do
		version=20.10
		[ "$n" != 2 ] || version=26
		host=$(start "$home/lab-dev-$n" "$version")
		say "ssh ${host% *}: engine $version"
	done
	cat "$home"/lab-dev-?/config >"$home/config"
	wrap "$home"
	{
		echo '# The lab, deployed to its development server: written by scripts/lab/devserver.sh up, removed by its down.'
		grep -v -e '^#' -e '^DEPLOY_HOST=' "$root/env/.env.lab"
		echo 'DEPLOY_HOST=lab-dev-1'
	} >"$environment"
	say "env/.env.lab-dev deploys to lab-dev-1; before that: export PATH=$home/bin:\$PATH"
}

down() {
	local dir
	for dir in "$home"/lab-dev-*/; do
		[ ! -d "$dir" ] || stop "$dir"
	done
	rm -rf "$home" "$environment"
}

# name_of DIR is the container's.
name_of() { echo "sbtest-devserver-$(sha256sum <<<"$1" | cut -c1-12)"; }

# start DIR VERSION names the server after the directory.
start() {
	local dir host name image=lab/devserver:${2%-containerd}
	case $2 in
	20.10) "$here/images.sh" devserver >&2 ;;
	26 | 26-containerd) "$here/images.sh" devserver26 >&2 ;;
	386) "$here/images.sh" devserver386 >&2 ;;
	*) fail "$usage" 2 ;;
	esac
	mkdir -p "$1"
	dir=$(cd "$1" && pwd)
	host=$(basename "$dir")
	name=$(name_of "$dir")
	if [ ! -f "$dir/config" ] || ! docker start "$name" >/dev/null 2>&1; then create "$dir" "$host" "$name" "$image" "$2"; fi
	await "$dir" "$host" "$name"
	echo "$host $name"
}

# create makes all of a server new: key, container, configuration.
create() {
	local dir=$1 host=$2 name=$3 image=$4 config=daemon.json port
	case $5 in *-containerd) config=containerd.json ;; esac
	docker container rm --force --volumes "$name" >/dev/null 2>&1 || true
	rm -f "$dir"/{key,key.pub,known_hosts,config}
	ssh-keygen -q -t ed25519 -N '' -C "$host" -f "$dir/key"
	for ((port = first_port; port <= last_port; port++)); do
		if run "$name" "$host" "$(cat "$dir/key.pub")" "$port" "$image" "$config" 2>"$dir/error"; then break; fi
		docker container rm --force --volumes "$name" >/dev/null 2>&1 || true
		grep -q -e 'already allocated' -e 'already in use' "$dir/error" || fail "starting $image: $(cat "$dir/error")"
	done
	rm -f "$dir/error"
	[ "$port" -le "$last_port" ] || fail "no port of 127.0.0.1 from $first_port to $last_port is free"
	cat >"$dir/config" <<-CONF
		Host $host
		  HostName 127.0.0.1
		  Port $port
		  User deploy
		  IdentityFile "$dir/key"
		  IdentitiesOnly yes
		  UserKnownHostsFile "$dir/known_hosts"
		  StrictHostKeyChecking yes
	CONF
	wrap "$dir"
}

# run NAME HOST KEY PORT IMAGE CONFIG gives the engine inside what it needs and no more, as engine.sh does. The port
# is a fixed one, for a random one would be another after each restart.
run() {
	docker run --detach --name "$1" --hostname "$2" --label "com.docker.compose.project=$1" \
		--cap-add SYS_ADMIN --cap-add NET_ADMIN --cap-add MKNOD --cap-add SYS_PTRACE \
		--security-opt seccomp=unconfined --security-opt apparmor=unconfined --device-cgroup-rule 'a *:* rwm' \
		--env DOCKER_ALLOW_IPV6_ON_IPV4_INTERFACE=1 --env "AUTHORIZED_KEY=$3" --env "DOCKERD_CONFIG=$6" \
		--volume /sys/fs/cgroup:/sys/fs/cgroup --volume /var/lib/docker --volume /var/lib/containerd --tmpfs /run \
		--publish "127.0.0.1:$4:22" "$5" >/dev/null
}

# await asks inside until the engine answers, and then takes the host key from there: nothing that came over the
# network is believed.
await() {
	local dir=$1 host=$2 name=$3 key port
	# shellcheck disable=SC2016 # the shell inside expands it
	key=$(docker exec "$name" timeout "$patience" bash -c \
		'until docker version && ss -Hltn sport = :22 | grep .; do sleep 0.05; done >/dev/null 2>&1; cat /etc/ssh/ssh_host_ed25519_key.pub') || {
		docker logs --tail 15 "$name" >&2
		fail "the engine in container $name does not answer"
	}
	port=$(awk '$1 == "Port" { print $2 }' "$dir/config")
	echo "[127.0.0.1]:$port ${key% *}" >"$dir/known_hosts"
	"$dir/bin/ssh" "$host" true || fail "$host does not let its key in: docker logs $name"
}

# wrap DIR makes an ssh that reads DIR/config and nobody's own.
wrap() {
	local client
	client=$(PATH=${PATH#"$1/bin:"} command -v ssh) || fail 'no ssh here: apt-get install openssh-client' 3
	mkdir -p "$1/bin"
	printf '#!/bin/sh\nexec %q -F %q "$@"\n' "$client" "$1/config" >"$1/bin/ssh"
	chmod 0700 "$1/bin/ssh"
}

# stop removes what start made in DIR, and DIR where nothing of the caller's is in it.
stop() {
	[ -d "$1" ] || return 0 # has been stopped
	local dir
	dir=$(cd "$1" && pwd)
	docker container rm --force --volumes "$(name_of "$dir")" >/dev/null 2>&1 || true
	rm -f "$dir"/{key,key.pub,known_hosts,config,error,bin/ssh}
	rmdir "$dir/bin" "$dir" 2>/dev/null || true
}

main "$@"
