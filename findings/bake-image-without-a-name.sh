#!/usr/bin/env bash
# buildx bake gives a service without `image:` no name; Compose calls it project-service.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

cat >compose.yaml <<'YAML'
name: shop
services:
  web:
    build: {context: .}
YAML
version "$(compose version), buildx $(buildx version)"
guess "both build shop-web, which config --images names and up takes"
seen "docker compose config --images" shop-web "$(compose config --images)"
seen "docker compose build --print, tags" '"shop-web"' "$(compose build --print 2>/dev/null | grep -A1 '"tags"' | tail -n 1 | tr -d ' ')"
seen "docker buildx bake --print, tags" none "$(buildx bake --print 2>/dev/null | grep -o '"tags"' || echo none)"
matters "up does not find what bake has built: it builds again, or goes on with a shop-web of an earlier build, which CI had left"
