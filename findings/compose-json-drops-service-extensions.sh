#!/usr/bin/env bash
# `docker compose config --format json` keeps the x- fields of the file, and loses those of services, networks and volumes.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

cat >compose.yaml <<'YAML'
name: extensions
x-file: {owner: platform}
services:
  app:
    image: app
    x-service: {scan: false}
    healthcheck: {test: [CMD, "true"], x-health: 1}
networks: {default: {x-network: 1}}
volumes: {data: {x-volume: 1}}
YAML
sed -i 's/image: app/image: app\n    volumes: [data:\/data]/' compose.yaml

keys() { grep -oE 'x-[a-z]+' <<<"$1" | sort | tr '\n' ' '; }

version "$(compose version)"
guess "both formats are one model: what YAML shows, JSON has too"
seen "extensions in YAML" "x-file x-health x-network x-service x-volume " "$(keys "$(compose config)")"
seen "extensions in JSON" "x-file " "$(keys "$(compose config --format json)")"
compose config --format json >again.json
seen "extensions after JSON was fed back as a Compose file" "x-file " "$(keys "$(compose -f again.json config)")"
matters "a tool that is driven by x- fields of services (x-spellbook, x-bake of buildx) and asks the CLI for
          JSON, because JSON is easier to read, sees none of its settings and no error; --format yaml has them"
