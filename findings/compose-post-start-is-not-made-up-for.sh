#!/usr/bin/env bash
# Compose: a post_start hook that failed is not run by the next up, which succeeds; the service runs without it.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

# It needs a Docker engine: one image with busybox, and containers of it, all of this project's name.
project=finding-$$-$RANDOM
remove() {
	compose --progress quiet down
	docker image rm "$project:1" >/dev/null
}

busybox_image "$project:1"
# The hook fails the first time.
cat >compose.yaml <<YAML
name: $project
services:
  db:
    image: "$project:1"
    pull_policy: never
    stop_grace_period: 0s
    command: [/busybox, sleep, "1000"]
    post_start:
      - command: [/busybox, sh, -c, '/busybox test -e /tried && echo >/migrated || { echo >/tried; exit 1; }']
  app:
    image: "$project:1"
    pull_policy: never
    stop_grace_period: 0s
    command: [/busybox, sleep, "1000"]
    depends_on: [db]
YAML
# up prints its exit code, and how the services are then.
up() {
	local code=0
	compose --progress quiet up -d "$@" >/dev/null 2>&1 || code=$?
	echo "exit $code
$(compose ps -a --format '{{.Service}} {{.State}}' | sort)
migrated: $(compose exec -T db /busybox test -e /migrated && echo yes || echo no)"
}
version "$(compose version), engine $(docker version --format '{{.Server.Version}}')"
guess "what failed is done again by the next up, or keeps it red"
seen "up -d" $'exit 1\napp created\ndb running\nmigrated: no' "$(up)"
seen "up -d once more" $'exit 0\napp running\ndb running\nmigrated: no' "$(up)"
seen "up -d --wait" $'exit 0\napp running\ndb running\nmigrated: no' "$(up --wait)"
matters "a step that sets up a database and met it too early makes one run red; the retry of CI, or of the developer, is green, and the
          application starts on a database without it"
