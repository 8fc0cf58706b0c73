#!/usr/bin/env bash
# Compose: `config --format json` writes each `$` twice, so that a value read from it is not what the container gets.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
debian jq=jq

cat >compose.yaml <<'YAML'
name: dollar
services:
  db:
    image: db
    env_file: [db.env]
    environment:
      FROM_FILE: 'a$$b'
      FROM_DOTENV: ${PASSWORD}
YAML
printf '%s\n' "PASSWORD='a\$b'" >.env
printf '%s\n' "FROM_ENV_FILE='a\$b'" >db.env

version "$(compose version)"
guess "JSON is for programs: it has the values as the container gets them, a\$b each"
# shellcheck disable=SC2016 # no expressions
seen "docker compose config --format json | jq .services.db.environment" 'FROM_DOTENV a$$b
FROM_ENV_FILE a$$b
FROM_FILE a$$b' "$(compose config --format json | jq -r '.services.db.environment | to_entries[] | "\(.key) \(.value)"')"
# shellcheck disable=SC2016 # nor this one
seen "docker compose config --environment | grep PASSWORD" 'PASSWORD=a$b' "$(compose config --environment | grep PASSWORD)"
matters "a script that takes the database's password from config has another one as soon as somebody's has a dollar sign, the same in commands,
          labels and health checks; only what reads it as a Compose file again gets it right"
