#!/usr/bin/env bash
# Compose: `depends_on: [db]` in an override file sets the condition service_healthy of the base file back to service_started.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

cat >compose.yaml <<'YAML'
name: depends
services:
  api:
    image: api
    depends_on:
      db: {condition: service_healthy, restart: true, required: false}
  db: {image: db}
  mail: {image: mail}
YAML
cat >compose.override.yaml <<'YAML'
services:
  api:
    depends_on: [db, mail]
YAML
depends() { compose "$@" config --format json | jq -r '.services.api.depends_on | to_entries[] | "\(.key): \(.value.condition), restart \(.value.restart // false), required \(.value.required)"'; }
debian jq=jq

version "$(compose version)"
guess "the short form names what is depended on, as networks: [a] keeps the aliases of a: db stays as it was, and mail is added"
seen "the file alone" "db: service_healthy, restart true, required false" "$(depends -f compose.yaml)"
seen "with the override" $'db: service_started, restart true, required true\nmail: service_started, restart false, required true' "$(depends)"
matters "who adds one more service in an override, and repeats the old one to be safe, has the API started before the database is ready,
          on each machine that has the override and on no other"
