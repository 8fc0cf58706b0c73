#!/usr/bin/env bash
# `~postgres/data` in a bind mount is not the home of postgres: it is $HOME/postgres/data of whoever runs Compose.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
export DOCKER_CONFIG=${DOCKER_CONFIG:-$HOME/.docker}

cat >compose.yaml <<'YAML'
name: homes
services:
  app:
    image: app
    volumes: ["~/own:/a", "~nobody/data:/b"]
secrets: {key: {file: ~nobody/key}}
YAML
sed -i 's/    image: app/    image: app\n    secrets: [key]/' compose.yaml

version "$(compose version)"
guess "as in a shell: the home directory of nobody (/nonexistent), or an error as no such expansion is known"
rendered=$(HOME=/home/anna compose config)
seen "sources of the mounts and the file of the secret" "source: /home/anna/own
source: /home/anna/nobody/data
file: /home/anna/nobody/key" "$(grep -E '(source|file): /' <<<"$rendered" | sed 's/^ *//')"
matters "the engine makes a missing source as an empty directory of root: a database that is given ~postgres/data starts
          empty in the wrong home, and starts empty again for the next person who deploys"
