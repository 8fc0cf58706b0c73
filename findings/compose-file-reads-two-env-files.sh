#!/usr/bin/env bash
# The same file by COMPOSE_FILE and by -f: with the first, two .env are read, with the second only the other one.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
unset HERE BELOW

mkdir sub
cat >sub/compose.yaml <<'YAML'
name: two
services: {app: {image: "here-${HERE-none}:below-${BELOW-none}"}}
YAML
echo HERE=here >.env
# shellcheck disable=SC2016
printf '%s\n' 'HERE=sub' 'BELOW=${HERE}' >sub/.env

image() { compose "$@" config | grep image: | sed 's/^ *//'; }

version "$(compose version)"
guess "COMPOSE_FILE is what -f is when nobody types it: with both, the .env beside the working directory, or both times the other"
seen "docker compose -f sub/compose.yaml" "image: here-sub:below-sub" "$(image -f sub/compose.yaml)"
seen "COMPOSE_FILE=sub/compose.yaml docker compose" "image: here-here:below-here" "$(COMPOSE_FILE=sub/compose.yaml image)"
matters "a script's -f and a colleague's COMPOSE_FILE are two stacks of one name; with COMPOSE_FILE the file below is read
          after the other, sees its values and gives what is missing there, a password for one"
