#!/usr/bin/env bash
# buildx bake turns `ulimits: {nofile: 65536}` of a Compose build into nofile=0:0.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

cat >compose.yaml <<'YAML'
name: limits
services:
  short: {image: short, build: {context: ., ulimits: {nofile: 65536}}}
  long: {image: long, build: {context: ., ulimits: {nofile: {soft: 1024, hard: 65536}}}}
YAML

version "$(compose version), buildx $(buildx version)"
guess "one number is soft and hard limit: nofile=65536:65536"
seen "docker compose build --print (long, short)" '"nofile=1024:65536"
"nofile=65536"' "$(compose build --print | grep -o '"nofile=.*"')"
seen "docker buildx bake --print (long, short)" '"nofile=1024:65536"
"nofile=0:0"' "$(buildx bake --print 2>/dev/null | grep -o '"nofile=.*"')"
matters "a limit that was raised for linkers and package managers becomes a request for none; only the form with soft and hard
          is the same for both"
