#!/usr/bin/env bash
# buildx bake gives a build secret of a Compose file the id of its source, Compose that of its target.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

cat >compose.yaml <<'YAML'
name: secrets
services:
  app:
    image: app
    build:
      context: .
      secrets: [{source: npm_token_of_ci, target: npm_token}]
secrets: {npm_token_of_ci: {file: ./token}}
YAML
echo public >token

version "$(compose version), buildx $(buildx version)"
guess "the long form does what it is for: the Dockerfile sees --mount=type=secret,id=npm_token from both"
seen "docker compose build --print" 'id=npm_token,type=file' "$(compose build --print | grep -oE 'id=[a-z_]+,type=file')"
seen "docker buildx bake --print" '"id": "npm_token_of_ci",' "$(buildx bake --print 2>/dev/null | grep -o '"id": .*')"
matters "a secret mount without required=true is empty when its id is unknown: the same file and Dockerfile build with the token
          under Compose, and go on without it under bake, which CI's bake-action uses"
