#!/usr/bin/env bash
# buildx bake drops `platform:` of a service, for which Compose builds.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

cat >compose.yaml <<'YAML'
name: shop
services:
  web:
    image: shop/web
    platform: linux/arm64
    build: {context: .}
  worker:
    image: shop/worker
    build: {context: ., platforms: [linux/arm64]}
YAML
# platforms prints target and platforms of a bake file.
platforms() { tr -d ' \n' | grep -oE '"(web|worker)":\{"context"|"platforms":\[[^]]*\]' | sed 's/:{"context"//; s/"//g'; }

version "$(compose version), buildx $(buildx version)"
guess "web is built for linux/arm64 by both, as worker is"
seen "docker compose build --print" $'web\nplatforms:[linux/arm64]\nworker\nplatforms:[linux/arm64]' "$(compose build --print 2>/dev/null | platforms)"
seen "docker buildx bake --print" $'web\nworker\nplatforms:[linux/arm64]' "$(buildx bake --print 2>/dev/null | platforms)"
matters "the image that CI builds by bake is for CI's own machine: it is pushed under the same name, and on the server whose platform the
          file says every container of it ends with an exec format error"
