#!/usr/bin/env bash
# A directory that is deleted here has `docker compose watch` empty the volume that is mounted below it in the container.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
debian busybox=busybox-static

# It needs a Docker engine: an image of busybox alone, a container and a volume, all of this project's name.
project=finding-$$-$RANDOM
watcher=
remove() {
	[ -z "$watcher" ] || pkill -INT -P "$watcher"
	compose --progress quiet down -v
	docker image rm -f "$project:1" >/dev/null
}

mkdir -p root/bin src/web
cp "$(command -v busybox)" root/bin/busybox
for name in sh sleep rm cat; do ln -s busybox "root/bin/$name"; done
tar -C root -c . | docker import - "$project:1" >/dev/null
touch src/web/index.html
cat >compose.yaml <<YAML
name: $project
services:
  app:
    image: "$project:1"
    command: [/bin/sleep, "3600"]
    pull_policy: never
    stop_grace_period: 0s
    volumes: ["uploads:/app/web/uploads"]
    develop: {watch: [{action: sync, path: src, target: /app, ignore: [web/uploads]}]}
volumes: {uploads: }
YAML
data() { compose exec -T app /bin/cat /app/web/uploads/photo 2>/dev/null || echo gone; }

version "$(compose version), engine $(docker version --format '{{.Server.Version}}')"
guess "a volume's files are not synced, and what the rule ignores is not touched: they stay"
compose --progress quiet up -d >/dev/null 2>&1
compose exec -T app /bin/sh -c 'echo data >/app/web/uploads/photo'
compose watch --no-up >watch.log 2>&1 &
watcher=$!
patiently grep -sq 'Watch enabled' watch.log
seen "before" "data" "$(data)"
rm -r src/web
patiently grep -q 'Error handling' watch.log
seen "after rm -r src/web, where the volume is /app/web/uploads" "gone" "$(data)"
seen "what the watch says" "deleting paths: exit code 1" "$(sed -n 's/.*\(deleting paths\) in [0-9a-f]*\(: exit code 1\).*/\1\2/p' watch.log)"
matters "\`git switch\` to a branch without the directory loses the data of the volume: rm -rf goes through whatever is mounted below"
