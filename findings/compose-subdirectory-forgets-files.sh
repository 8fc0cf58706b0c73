#!/usr/bin/env bash
# In a subdirectory, Compose takes TAG and COMPOSE_PROJECT_NAME from the root's .env, and ignores its COMPOSE_FILE.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
unset TAG

mkdir src
cat >compose.yaml <<'YAML'
services: {app: {image: "app:${TAG-none}"}}
YAML
cat >dev.yaml <<'YAML'
services: {app: {ports: ["8080:80"]}, db: {image: db}}
YAML
cat >.env <<'ENV'
COMPOSE_FILE=compose.yaml:dev.yaml
COMPOSE_PROJECT_NAME=stack
TAG=v7
ENV

# model prints the project's name, images and published ports.
model() { compose config | grep -E '^name:|image:|published:' | sed 's/^ *//'; }

version "$(compose version)"
guess "Compose looks for compose.yaml in the parents, and reads the .env beside it: the same model everywhere in the tree"
seen "docker compose config in the root" 'name: stack
image: app:v7
published: "8080"
image: db' "$(model)"
seen "docker compose config in src" 'name: stack
image: app:v7' "$(cd src && model)"
matters "up in a subdirectory is the same project with fewer files: app is recreated without its ports, db is an orphan that
          --remove-orphans ends; nothing says that .env was believed by half"
