#!/usr/bin/env bash
# `docker compose config --images` leaves out the images that are mounted as volumes.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

cat >compose.yaml <<'YAML'
name: shop
services:
  web:
    image: web:1
    volumes: [{type: image, source: "models:1", target: /models}]
    pre_start: [{image: "prepare:1", command: [prepare]}]
YAML
version "$(compose version)"
guess "it names every image that up needs: web, that of its hook, and that of its volume"
seen "docker compose config --images" $'prepare:1\nweb:1' "$(compose config --images | sort)"
seen "docker compose config --format json, the volume" '"source": "models:1",' "$(compose config --format json | grep -o '"source": .*')"
matters "what is saved for a machine without a registry by docker save \$(docker compose config --images) lacks that one"
