#!/usr/bin/env bash
# A .env with COMPOSE_DISABLE_ENV_FILE=1 is believed by half: COMPOSE_PROJECT_NAME of it holds, TAG does not.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
unset TAG

cat >compose.yaml <<'YAML'
services: {app: {image: "app:${TAG-none}"}}
YAML
printf '%s\n' COMPOSE_PROJECT_NAME=stack TAG=v7 COMPOSE_DISABLE_ENV_FILE=1 >.env

model() { compose config | grep -E '^name:|image:' | sed 's/^ *//'; }

version "$(compose version)"
guess "the file is read before the variable is known, so that it says nothing; or it is not read at all"
seen "docker compose config" 'name: stack
image: app:none' "$(model)"
seen "docker compose config with an empty COMPOSE_DISABLE_ENV_FILE in the shell" \
	'strconv.ParseBool: parsing "": invalid syntax' "$(COMPOSE_DISABLE_ENV_FILE='' compose config 2>&1)"
matters "the stack keeps its name and loses its values: containers are recreated with blank passwords; unset and empty are not
          the same, as for COMPOSE_FILE, where empty is the working directory and an error"
