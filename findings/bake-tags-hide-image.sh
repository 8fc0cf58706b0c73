#!/usr/bin/env bash
# With `build.tags`, buildx bake no longer gives the image the name that `image:` says.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

cat >compose.yaml <<'YAML'
name: names
services:
  api: {image: "acme/api:dev", build: {context: ., tags: ["acme/api:commit"]}}
  unnamed: {build: .}
YAML

# tags COMMAND… prints every tag that a definition has, in order.
tags() { "$@" 2>/dev/null | tr -d ' \n' | grep -oE '"tags":\[[^]]*\]'; }

version "$(compose version), buildx $(buildx version)"
guess "build.tags are further names, as the Compose reference says: acme/api:dev and acme/api:commit"
seen "docker compose build --print" '"tags":["acme/api:commit","acme/api:dev"]
"tags":["names-unnamed"]' "$(tags compose build --print)"
seen "docker buildx bake --print" '"tags":["acme/api:commit"]' "$(tags buildx bake --print)"
matters "bake --load succeeds, and docker compose up then runs the acme/api:dev of last time; a service without image: has no
          name at all and is built for nothing"
