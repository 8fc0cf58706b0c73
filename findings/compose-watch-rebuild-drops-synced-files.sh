#!/usr/bin/env bash
# A rebuild by `docker compose watch` drops what was synced, and the files of initial_sync.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

# It needs a Docker engine: images with a program that waits, and a container, all of this project's name.
project=finding-$$-$RANDOM
watcher=
remove() {
	[ -z "$watcher" ] || pkill -INT -P "$watcher"
	compose --progress quiet down
	docker image rm -f "$project:1" "$project:2" >/dev/null
	docker image ls -q --filter "label=com.docker.compose.project=$project" | xargs -r docker image rm -f >/dev/null # replaced
}

mkdir wait root context src
printf 'package main\n\nimport "time"\n\nfunc main() { time.Sleep(time.Hour) }\n' >wait/main.go
CGO_ENABLED=0 go build -o root/wait wait/main.go
tar -cf image.tar -C root wait
docker import image.tar "$project:1" >/dev/null
printf '%s\n' "FROM $project:1" 'COPY list /list' >context/Dockerfile
touch context/list src/first
cat >compose.yaml <<YAML
name: $project
services:
  app:
    build: context
    image: "$project:2"
    command: [/wait]
    stop_grace_period: 0s
    develop:
      watch:
        - {action: rebuild, path: context}
        - {action: sync, path: src, target: /got, initial_sync: true}
YAML
# got FILE… says which of these files the container has.
got() {
	local file
	for file; do docker cp "$project-app-1:/got/$file" - >/dev/null 2>&1 && echo "$file: there" || echo "$file: missing"; done
}
# await TEXT N waits until the watch has said it so often.
await() {
	for _ in {1..300}; do
		if [ -e watch.log ] && [ "$(grep -c -- "$1" watch.log)" -ge "$2" ]; then return; fi
		sleep 0.1
	done
	cat watch.log >&2
	return 1
}

version "$(compose version), engine $(docker version --format '{{.Server.Version}}')"
compose --progress quiet up -d --build >/dev/null 2>&1
compose watch --no-up >watch.log 2>&1 &
watcher=$!
await 'Watch enabled' 1
seen "after initial_sync" "first: there" "$(got first)"
touch src/second
await 'Syncing service' 1
sleep 1
seen "after a sync" $'first: there\nsecond: there' "$(got first second)"
guess "a container that a rebuild makes anew gets the files of initial_sync as the first one did"
echo changed >context/list
await 'successfully built' 1
await 'Started' 1
sleep 2
seen "after a rebuild" $'first: missing\nsecond: missing' "$(got first second)"
guess "at the latest, the next sync sends them"
touch src/third
await 'Syncing service' 2
sleep 1
seen "after the next sync" $'first: missing\nsecond: missing\nthird: there' "$(got first second third)"
matters "one edit of package.json and the container runs without the edits since the start, or, where the image has no sources, without any; nothing
          says so, and each file has to be saved again: a watch has to compare what there is with what the container got"
