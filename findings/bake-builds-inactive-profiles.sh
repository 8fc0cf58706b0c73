#!/usr/bin/env bash
# buildx bake builds the services of profiles that are not active, and cannot read the file where their env_file is missing.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

cat >compose.yaml <<'YAML'
name: profiles
services:
  app: {image: app, build: .}
  tools: {image: tools, build: ., profiles: [tools], env_file: [tools.env]}
YAML

# targets COMMAND… prints the tags of a definition, or its error.
targets() { "$@" 2>&1 | grep -E '^ERROR|^ *"(app|tools)"$' | sed "s/^ *//; s|$dir/||; s/: stat.*//" | sort -u; }

version "$(compose version), buildx $(buildx version)"
guess "one rule for one file: a service of an inactive profile is not there, and a build reads no env_file"
seen "docker compose build --print" '"app"' "$(targets compose build --print)"
seen "docker buildx bake --print" "ERROR: env file tools.env not found" "$(targets buildx bake --print)"
touch tools.env
seen "docker buildx bake --print with an empty tools.env" '"app"
"tools"' "$(targets buildx bake --print)"
matters "what profiles keep out of everybody's builds (tests, tools, GPU variants) is built by bake in CI, where the env files, which
          are never committed, are missing: the build of everything else fails with them"
