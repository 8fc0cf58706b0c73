#!/usr/bin/env bash
# What `docker compose config --no-interpolate` writes does not read back: where a path comes from a variable it is now a volume.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

cat >compose.yaml <<'YAML'
name: app
services: {db: {image: db, volumes: ["${DATA:-./data}:/data"]}}
YAML
fields() { grep -oE '(source|target|type): .*' | sed "s|$dir|…|"; }

version "$(compose version)"
guess "variables stay as they are written, and the file that is written gives the same model as the first"
seen "the volume in config" $'type: bind\nsource: …/data\ntarget: /data' "$(compose config | fields)"
compose config --no-interpolate >again.yaml
# shellcheck disable=SC2016 # the variable as it is written
seen "the volume in config --no-interpolate" 'source: ${DATA:-./data}
target: /data
type: volume' "$(fields <again.yaml)"
again() { compose -f again.yaml config 2>&1 || true; }
seen "config of that file" 'service "db" refers to undefined volume ./data: invalid compose project' "$(again)"
seen "config of that file, DATA=/srv/data" 'service "db" refers to undefined volume /srv/data: invalid compose project' "$(DATA=/srv/data again)"
matters "files that are merged into one for a server, where its own .env fills them in, are refused there; so is what a review of the
          merged file has approved"
