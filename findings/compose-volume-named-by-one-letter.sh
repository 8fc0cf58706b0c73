#!/usr/bin/env bash
# `v:/data` is not the volume v: a name of one letter is taken for a Windows drive, on Linux as well.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

cat >compose.yaml <<'YAML'
name: drives
services:
  one: {image: app, volumes: ["v:/data"]}
  two: {image: app, volumes: ["vv:/data"]}
  long: {image: app, volumes: [{type: volume, source: v, target: /data}]}
volumes: {v: {}, vv: {}}
YAML

# mount SERVICE prints what Compose makes of the service's only volume.
mount() { compose config "$1" | sed -n '/^ *- type:/,/volume:/p' | grep -E 'source|target' | sed 's/^ *//'; }

version "$(compose version)"
guess "the declared volume v at /data, as vv is"
seen "two: vv:/data" $'source: vv\ntarget: /data' "$(mount two)"
seen "long: the same volume v in the long form" $'source: v\ntarget: /data' "$(mount long)"
seen "one: v:/data" "target: v:/data" "$(mount one)"
matters "the data goes into an anonymous volume at the path v:/data inside the container, /data is the image's own layer, and
          what was written there is gone with the container; the declared volume v is never made and nothing warns"
