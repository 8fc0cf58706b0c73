#!/usr/bin/env bash
# Compose: a service that depends on a provider: service is made anew by every up, although the provider answers the same.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

# It needs a Docker engine: one image with a program that waits, and containers of it, all of this project's name.
project=finding-$$-$RANDOM
remove() {
	compose --progress quiet down -t 0
	docker image rm "$project:1" >/dev/null
}

mkdir wait root
printf 'package main\n\nimport "time"\n\nfunc main() { time.Sleep(time.Hour) }\n' >wait/main.go
CGO_ENABLED=0 go build -o root/wait wait/main.go
tar -cf image.tar -C root wait
docker import image.tar "$project:1" >/dev/null
cat >provider <<'SH'
#!/bin/sh
case "$*" in *" up "*) echo '{"type":"setenv","message":"URL=http://made"}' ;; esac
SH
chmod +x provider
cat >compose.yaml <<YAML
name: $project
services:
  web: {image: "$project:1", command: [/wait], pull_policy: never, depends_on: [db]}
  db: {provider: {type: "$PWD/provider"}}
YAML
id() { docker inspect -f '{{.Id}}' "$project-web-1"; }
label() { docker inspect -f '{{index .Config.Labels "com.docker.compose.config-hash"}}' "$project-web-1"; }

version "$(compose version), engine $(docker version --format '{{.Server.Version}}')"
guess "the second up finds web as it is: a provider has to answer the same where nothing has changed"
compose --progress quiet up -d
first=$(id)
compose --progress quiet up -d
seen "web after a second up" "another container" "$([ "$(id)" = "$first" ] && echo "the same container" || echo "another container")"
seen "its label and config --hash" "differ" "$([ "$(label)" = "$(compose config --hash web | cut -d' ' -f2)" ] && echo agree || echo differ)"
matters "what was labelled has the provider's variables in it, what is compared has not: ours compares with what it has recorded"
