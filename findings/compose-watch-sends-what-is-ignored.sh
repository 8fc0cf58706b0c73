#!/usr/bin/env bash
# `docker compose watch` with `sync` sends what its `ignore`, the .dockerignore and the manual's "ignored automatically" leave out.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

# It needs a Docker engine: images with a program that waits, and containers of them, all of this project's name.
project=finding-$$-$RANDOM
watcher=
remove() {
	[ -z "$watcher" ] || pkill -INT -P "$watcher"
	compose --progress quiet down
	docker image rm -f "$project:1" "$project:2" >/dev/null
}

mkdir wait root src context first
printf 'package main\n\nimport "time"\n\nfunc main() { time.Sleep(time.Hour) }\n' >wait/main.go
CGO_ENABLED=0 go build -o root/wait wait/main.go
tar -cf image.tar -C root wait
docker import image.tar "$project:1" >/dev/null
printf '%s\n' "FROM $project:1" 'COPY keep /keep' >context/Dockerfile
printf '%s\n' '*' '!keep' >context/.dockerignore
touch context/keep
mkdir first/sub
touch first/sub/secret first/sub/other
service="command: [/wait], pull_policy: never, stop_grace_period: 0s"
cat >compose.yaml <<YAML
name: $project
services:
  src: {image: "$project:1", $service, develop: {watch: [{action: sync, path: src, target: /got, ignore: ["**/*.log", node_modules]}]}}
  context: {build: context, image: "$project:2", command: [/wait], stop_grace_period: 0s, develop: {watch: [{action: sync, path: context, target: /got}]}}
  first: {image: "$project:1", $service, develop: {watch: [{action: sync, path: first, target: /got, initial_sync: true, ignore: [sub/secret]}]}}
YAML
# got SERVICE FILE waits for a file in a container, and prints what files it has below /got.
got() {
	for _ in {1..100}; do
		docker cp "$project-$1-1:/got/." - 2>/dev/null | tar -t 2>/dev/null | sed -n 's|^\./||; /[^/]$/p' | sort >list || true
		grep -qx -- "$2" list && break
		sleep 0.1
	done
	paste -sd ' ' list
}

version "$(compose version), engine $(docker version --format '{{.Server.Version}}')"
compose --progress quiet up -d --build >/dev/null 2>&1
compose watch --no-up >watch.log 2>&1 &
watcher=$!
patiently grep -sq 'Watch enabled' watch.log

guess "initial_sync leaves out sub/secret, which the rule ignores by that path"
seen "after the start, with ignore: [sub/secret]" "sub/other sub/secret" "$(got first sub/secret)"
guess "a new directory is sent without the files in it that the rule ignores"
mkdir -p new/deep
touch new/deep/app.js new/deep/debug.log
mv new src/
seen "a directory moved into the path, with ignore: ['**/*.log']" "new/deep/app.js new/deep/debug.log" "$(got src new/deep/app.js)"
guess "a .dockerignore of '*' and '!keep' leaves out all but keep, and .git is \"ignored automatically\""
mkdir context/.git
touch context/other context/.git/index context/keep
seen "after other, .git/index and keep were written" ".git/index keep other" "$(got context keep)"
matters "what must not be in the image, such as .env files and credentials, is in the container: events are matched one by one, a directory
          is then sent whole; the first sync matches base names; a pattern '*' has the patterns beside it dropped, and .git/ means /.git"
