#!/usr/bin/env bash
# `docker compose down -v` deletes a volume that somebody else made, once a file says `external: false` of it; needs an engine.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
project=finding-$$-$RANDOM theirs=theirs-$$-$RANDOM
remove() { docker volume rm -f "$theirs" >/dev/null; }

cat >compose.yaml <<COMPOSE
name: $project
services: {web: {image: finding-none, volumes: ["data:/data"]}}
volumes: {data: {external: true, name: $theirs}}
COMPOSE
echo 'volumes: {data: {external: false}}' >override.yaml
docker volume create --label owner=others "$theirs" >/dev/null

version "Docker Compose $(compose version --short)"
guess "the override makes the volume the project's own, PROJECT_data; and down -v removes what carries the project's label alone"
seen "name of the volume with the override" "name: $theirs" "$(compose -f compose.yaml -f override.yaml config | grep -o "name: $theirs")"
compose -f compose.yaml -f override.yaml down -v >/dev/null 2>&1
seen "what is left of the volume of others, which nothing of this project ever used" nothing "$(docker volume ls -q -f "name=$theirs" | grep . || echo nothing)"
matters "a copy of a stack for tests whose override only says external: false deletes the data that the real one shares.
          What makes a volume the project's own is !override, which takes the name away as well"
