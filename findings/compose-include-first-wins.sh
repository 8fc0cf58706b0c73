#!/usr/bin/env bash
# Of two included files that have one service, the first wins; of two -f files, the last. Neither warns of the conflict.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

cat >base.yaml <<'YAML'
name: order
services: {db: {image: "db:1", command: serve, environment: {A: base}}}
YAML
cat >local.yaml <<'YAML'
services: {db: {image: "db:2", environment: {B: local}}}
YAML
printf 'name: order\ninclude: [base.yaml, local.yaml]\n' >compose.yaml
printf 'name: order\ninclude: [base.yaml]\nservices: {db: {image: "db:3", command: null}}\n' >main.yaml

# db prints image, command and environment of the service, errors included.
db() { compose "$@" config 2>&1 | grep -vE '^(name|services|networks):|db:$|networks:|default' | sed 's/^ *//' | tr '\n' ' '; }

version "$(compose version)"
guess "as the reference says of include: a warning, and no merge; or else the order of -f, where the last file wins"
seen "-f base.yaml -f local.yaml" "command: - serve environment: A: base B: local image: db:2 " "$(db -f base.yaml -f local.yaml)"
seen "include: [base.yaml, local.yaml]" "command: - serve environment: A: base B: local image: db:1 " "$(db)"
seen "include: [base.yaml], and command: null and an image in the file itself" "environment: A: base image: db:3 " "$(db -f main.yaml)"
matters "moving a list of -f files (or COMPOSE_FILE) into include: keeps every key that only one file has and turns every
          override around, in silence: the image of base.yaml runs, with the environment of both"
