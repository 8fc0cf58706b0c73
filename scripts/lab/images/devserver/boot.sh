#!/usr/bin/env bash
# The first process of a development server: sshd, containerd and dockerd, each started again when it ends,
# as systemd would. AUTHORIZED_KEY is the public key that lets in root and deploy, DOCKERD_CONFIG the engine's
# configuration in /etc/docker. /run is a file system in
# memory, empty after a reboot as on any Debian: a pid file of the last time would keep dockerd from starting.
# A restart of the container is a power cut to what runs in it.
set -euo pipefail

main() {
	install -d -m 0755 /run/sshd /run/lock
	authorize root /root
	authorize deploy /home/deploy
	[ -e /etc/ssh/ssh_host_ed25519_key ] || ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key
	trap 'exit 0' TERM INT
	# Below the server's own control group (version 1) those of its containers go when it does.
	local group below=()
	group=$(sed -n 's/^[0-9]*:memory://p' /proc/self/cgroup)
	[ -z "$group" ] || below=(--cgroup-parent "$group")
	keep /usr/sbin/sshd -D -e &
	keep containerd &
	keep dockerd --config-file "/etc/docker/${DOCKERD_CONFIG:-daemon.json}" --containerd=/run/containerd/containerd.sock "${below[@]}" &
	wait
}

# authorize USER HOME lets the key in once: a test may take it away.
authorize() {
	[ ! -e "$2/.ssh/authorized_keys" ] || return 0
	install -d -o "$1" -g "$1" -m 0700 "$2/.ssh"
	install -o "$1" -g "$1" -m 0600 /dev/stdin "$2/.ssh/authorized_keys" <<<"${AUTHORIZED_KEY:-}"
}

keep() {
	while :; do
		"$@" || true
		sleep 2
	done
}

main "$@"
