#!/usr/bin/env bash
# buildx bake takes a build argument without a value from the service's environment and env_file, Compose from the shell and .env.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
export FINDING_A=shell FINDING_B=shell
unset FINDING_C

cat >compose.yaml <<'YAML'
name: arguments
services:
  app:
    build: {context: ., args: [FINDING_A, FINDING_B, FINDING_C]}
    environment: {FINDING_A: run}
    env_file: [app.env]
YAML
printf 'FINDING_B=file\nFINDING_C=file\n' >app.env

version "$(compose version), buildx $(buildx version)"
guess "both take the shell's, and leave out FINDING_C, which is not set there"
seen "docker compose config" 'FINDING_A: shell
FINDING_B: shell' "$(compose config | sed -n '/args:/,/^    [a-z]/p' | grep FINDING | sed 's/^ *//')"
seen "docker buildx bake --print" '"FINDING_A": "run",
"FINDING_B": "file",
"FINDING_C": "file"' "$(buildx bake --print 2>/dev/null | grep FINDING | sed 's/^ *//')"
matters "the same file gives another image, and what only the container was to have (a password in env_file under the name of an argument)
          comes into the build, and into the image's history where a step uses it; args: [NAME=\${NAME}] says the same to both"
