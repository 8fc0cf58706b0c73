#!/usr/bin/env bash
# `docker compose config --services NAME` lists all services, whether NAME exists or not; so do --volumes and --networks theirs.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

cat >compose.yaml <<'YAML'
name: shop
services:
  web: {image: "web:1", networks: [front], volumes: ["cache:/cache"]}
  db: {image: "db:1", networks: [back], volumes: ["data:/data"]}
networks: {front: {}, back: {}}
volumes: {cache: {}, data: {}}
YAML
# told prints one line of what config tells, and its exit code.
told() {
	local code=0 out
	out=$(compose config "$@" 2>&1) || code=$?
	printf '%s, exit %s' "$(sort <<<"$out" | tr '\n' ' ')" "$code"
}
version "$(compose version)"
guess "each of them is of the service that is named, as \`config db\` and \`config --images db\` are, and an unknown one is an error"
seen "config --images db" "db:1 , exit 0" "$(told --images db)"
seen "config --services db" "db web , exit 0" "$(told --services db)"
seen "config --networks db" "back front , exit 0" "$(told --networks db)"
seen "config --volumes db" "cache data , exit 0" "$(told --volumes db)"
seen "config -q dv" "no such service: dv , exit 1" "$(told -q dv)"
seen "config --images dv" "no such service: dv , exit 1" "$(told --images dv)"
seen "config --services dv" "db web , exit 0" "$(told --services dv)"
matters "\`if docker compose config --services \"\$name\"\` is true of every name, and what is backed up by
          \`config --volumes db\` is the volumes of all services"
