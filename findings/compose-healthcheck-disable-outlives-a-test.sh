#!/usr/bin/env bash
# Docker Compose v5.6.0: a healthcheck's `disable: true` stays in force beside the `test` of an override; no check runs. Needs an engine.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
project=finding-$$
export COMPOSE_PROJECT_NAME=$project
remove() {
	compose down -t 0 >/dev/null 2>&1
	docker image rm "$project" >/dev/null
}
shell_image "$project"
cat >disabled.yaml <<YAML
services:
  db: {image: $project, command: [sleep, '60'], healthcheck: {disable: true}}
YAML
cat >checked.yaml <<YAML
services:
  db: {image: $project, command: [sleep, '60'], healthcheck: {test: [CMD, 'true'], interval: 1s}}
YAML
cat >none.yaml <<YAML
services:
  db: {image: $project, command: [sleep, '60'], healthcheck: {test: [NONE]}}
YAML
echo 'services: {db: {healthcheck: {disable: false}}}' >enabled.yaml
# check FILE… creates the service of the files, and prints what its container is checked by.
check() {
	local files=()
	for file; do files+=(-f "$file"); done
	compose "${files[@]}" create --force-recreate >log 2>&1 || { cat log; return; }
	docker inspect -f '{{json .Config.Healthcheck.Test}}' "$project-db-1"
}

version "Docker Compose v5.6.0, Docker engine $(docker version -f '{{.Server.Version}}')"
guess "the last file wins: a check that an override gives runs, as in the place of test: [NONE]"
seen "checked.yaml" '["CMD","true"]' "$(check checked.yaml)"
seen "none.yaml, checked.yaml" '["CMD","true"]' "$(check none.yaml checked.yaml)"
seen "disabled.yaml, checked.yaml" '["NONE"]' "$(check disabled.yaml checked.yaml)"
seen "disabled.yaml, checked.yaml, enabled.yaml (disable: false)" '["CMD","true"]' "$(check disabled.yaml checked.yaml enabled.yaml)"
matters "an override for production that gives a check to a service which the base file switches it off for checks nothing, and what waits for it by
          service_healthy fails; extends merges likewise. disable: false belongs beside the test"
