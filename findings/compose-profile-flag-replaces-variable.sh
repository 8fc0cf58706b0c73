#!/usr/bin/env bash
# `--profile` does not add to COMPOSE_PROFILES: it switches off the profiles that .env switched on.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

cat >compose.yaml <<'YAML'
name: profiles
services:
  app: {image: app}
  search: {image: search, profiles: [search]}
  debug: {image: debug, profiles: [debug]}
YAML
echo COMPOSE_PROFILES=search >.env

services() { compose "$@" config --services | sort | tr '\n' ' '; }

version "$(compose version)"
guess "the flag adds: .env has search on, --profile debug makes it search and debug"
seen "docker compose config --services" "app search " "$(services)"
seen "docker compose --profile debug config --services" "app debug " "$(services --profile debug)"
seen "docker compose --profile debug --profile search config --services" "app debug search " "$(services --profile debug --profile search)"
matters "one --profile for a moment's look takes the stack's own services out of the model: up does not update them, down
          leaves them running, and a service that depends on one of them is refused"
