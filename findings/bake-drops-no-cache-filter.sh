#!/usr/bin/env bash
# buildx bake reads no_cache of a Compose file, and drops no_cache_filter.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

cat >compose.yaml <<'YAML'
name: fresh
services:
  app:
    image: app
    build: {context: ., no_cache_filter: [certificates]}
YAML

version "$(compose version), buildx $(buildx version)"
guess "the stage certificates is made anew by both: bake has no-cache-filter, and says that it reads Compose files"
filtered() { grep -c 'no-cache-filter' || true; }
seen "docker compose build --print: lines with no-cache-filter" 1 "$(compose build --print | filtered)"
seen "docker buildx bake --print: lines with no-cache-filter" 0 "$(buildx bake --print 2>/dev/null | filtered)"
matters "what must not come from the cache, as a stage that fetches certificates, does under bake, which CI's bake-action uses,
          and nothing says so"
