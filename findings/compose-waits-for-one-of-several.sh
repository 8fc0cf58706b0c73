#!/usr/bin/env bash
# Compose: of a service with two containers, service_completed_successfully waits for the one that ends first, and --wait looks at the newest.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

# It needs a Docker engine: one image with busybox, and containers and a volume, all of this project's name.
project=finding-$$-$RANDOM
remove() {
	compose --progress quiet down -v
	docker image rm "$project:1" >/dev/null
}

busybox_image "$project:1"
# Of two imports one ends at once, the other fails when it is told to; of two workers the second to start fails.
cat >compose.yaml <<YAML
name: $project
x-all: &all {image: "$project:1", pull_policy: never, stop_grace_period: 0s, volumes: ["shared:/shared"]}
services:
  import:
    <<: *all
    scale: 2
    command: [/busybox, sh, -c, '/busybox mkdir /shared/import 2>/dev/null && exit 0; until [ -e /shared/go ]; do /busybox sleep 0.1; done; exit 1']
  api:
    <<: *all
    command: [/busybox, sleep, "1000"]
    depends_on: {import: {condition: service_completed_successfully}}
  worker:
    <<: *all
    command: [/busybox, sh, -c, '/busybox mkdir /shared/worker 2>/dev/null || exit 1; exec /busybox sleep 1000']
volumes: {shared: {}}
YAML
# states SERVICE… prints how its containers are.
states() { compose ps -a --format '{{.Service}} {{.State}} {{.ExitCode}}' "$@" | sort; }

version "$(compose version), engine $(docker version --format '{{.Server.Version}}')"
guess "a service has completed, or runs, when all of its containers have, or do"
code=0
compose --progress quiet up -d api || code=$?
seen "up -d api" $'exit 0\napi running 0\nimport exited 0\nimport running 0' "exit $code
$(states)"
compose exec -T api /busybox touch /shared/go
import_failed() { states import | grep -q "exited 1"; }
patiently import_failed
seen "the other import goes on and fails" $'api running 0\nimport exited 0\nimport exited 1' "$(states)"
compose --progress quiet create worker
compose --progress quiet create --scale worker=2 worker
code=0
compose --progress quiet up -d --wait --scale worker=2 worker || code=$?
seen "up -d --wait of two workers" $'exit 0\nworker exited 1\nworker running 0' "exit $code
$(states worker)"
matters "an application starts on data of which half is there; a worker that is down is a green deployment. Services of one container hide it"
