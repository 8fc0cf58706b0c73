#!/usr/bin/env bash
# An engine 20.10 gives what `docker compose watch` syncs to the user of the machine who has the name of the container's; without one, nothing is synced.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
debian busybox=busybox-static

# It needs a Docker engine on this machine: an image of busybox alone, and containers, all of this project's name.
project=finding-$$-$RANDOM
remove() {
	unwatch
	compose --progress quiet -f games.yaml down
	docker image rm -f "$project:1" >/dev/null
}

mkdir -p root/bin root/etc src
cp "$(command -v busybox)" root/bin/busybox
for name in sleep stat; do ln -s busybox "root/bin/$name"; done
printf '%s\n' 'root:x:0:0::/:/bin/sh' 'games:x:4343:4343::/:/bin/sh' 'onlyhere:x:4242:4242::/:/bin/sh' >root/etc/passwd
tar -C root -c . | docker import - "$project:1" >/dev/null
for user in games onlyhere; do
	cat >"$user.yaml" <<YAML
name: $project
services:
  app:
    image: "$project:1"
    user: $user
    command: [/bin/sleep, "3600"]
    pull_policy: never
    stop_grace_period: 0s
    develop: {watch: [{action: sync, path: src, target: /got}]}
YAML
done
# unwatch ends the watch of owner, which a subshell may have started.
unwatch() {
	[ -e watcher ] || return 0
	pkill -INT -P "$(cat watcher)" || true
	rm watcher
}
# synced FILE: it is there, or could not be sent.
synced() { docker exec "$project-app-1" /bin/stat "/got/$1" >/dev/null 2>&1 || grep -q 'Error handling' watch.log; }
# owner USER says whose a synced file is in a container that runs as a user.
owner() {
	compose --progress quiet -f "$1.yaml" up -d >/dev/null 2>&1
	compose -f "$1.yaml" watch --no-up >watch.log 2>&1 &
	echo $! >watcher
	patiently grep -sq 'Watch enabled' watch.log
	touch "src/$1"
	patiently synced "$1"
	unwatch
	wait $! || true
	docker exec "$project-app-1" /bin/stat -c %u "/got/$1" 2>/dev/null || sed -n 's/.*\(unable to find entry\) .*\( in passwd database\).*/\1\2/p' watch.log
}

version "$(compose version), engine $(docker version --format '{{.Server.Version}}')"
guess "a file that is synced into a container whose user is games, 4343 in its /etc/passwd, is 4343's"
seen "its owner, where games is $(id -u games) on the machine" "$(id -u games)" "$(owner games)"
guess "a user that only the image knows is as good"
seen "the same with such a user" "unable to find entry in passwd database" "$(owner onlyhere)"
matters "the program cannot write its own files, or another user's program can; without the user nothing is synced, and a line of the log is all that tells"
