#!/usr/bin/env bash
# `docker compose restart` starts the application before its database is healthy again; stop and start wait.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

# It needs a Docker engine: one image with busybox, and containers of it, all of this project's name.
project=finding-$$-$RANDOM
remove() {
	compose --progress quiet down -v --remove-orphans
	docker image rm "$project:1" >/dev/null
}

busybox_image "$project:1"
# The database takes three seconds until it is healthy.
cat >compose.yaml <<YAML
name: $project
x-all: &all {image: "$project:1", pull_policy: never, stop_grace_period: 0s}
services:
  db:
    <<: *all
    command: [/busybox, sh, -c, '/busybox rm -f /ready; /busybox sleep 3; echo >/ready; exec /busybox sleep 1000']
    healthcheck: {test: [CMD, /busybox, test, -e, /ready], interval: 500ms, retries: 30}
  migrate:
    <<: *all
    command: [/busybox, echo, migrated]
    depends_on: {db: {condition: service_healthy}}
  api:
    <<: *all
    command: [/busybox, sleep, "1000"]
    depends_on: {db: {condition: service_healthy}, migrate: {condition: service_completed_successfully}}
YAML
state() { echo "db $(compose ps --format '{{.Health}}' db), api $(compose ps --format '{{.State}}' api)"; }

version "$(compose version), engine $(docker version --format '{{.Server.Version}}')"
guess "restart is stop and start: in the order of depends_on, and with its conditions"
compose --progress quiet up -d
seen "up -d" "db healthy, api running" "$(state)"
compose --progress quiet stop
compose --progress quiet start
seen "stop, start" "db healthy, api running" "$(state)"
compose --progress quiet restart
seen "restart" "db starting, api running" "$(state)"
seen "migrate has run" 3 "$(compose logs --no-log-prefix migrate | grep -c migrated)"
sed -i 's/service_healthy}/service_healthy, restart: true}/' compose.yaml
compose --progress quiet up -d
compose --progress quiet restart
seen "restart, with restart: true beside the condition" "db healthy, api running" "$(state)"
matters "an application that ends without its database comes up with up, and not after a restart, which is what one types when something
          hangs; the migration runs beside it"
