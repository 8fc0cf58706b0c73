#!/usr/bin/env bash
# Compose: a tmpfs at /run or /run/secrets hides secrets of variables, not those of files; the container runs without.
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
echo of-a-file >password
cat >compose.yaml <<YAML
name: $project
services:
  app:
    image: "$project:1"
    pull_policy: never
    stop_grace_period: 0s
    command: [/busybox, sleep, "1000"]
    tmpfs: \${PLACE}
    secrets: [token, password]
    configs: [{source: settings, target: /run/settings}]
secrets:
  token: {environment: TOKEN}
  password: {file: password}
configs:
  settings: {content: of-the-compose-file}
YAML
export TOKEN=of-a-variable PLACE
# found brings the service up with a tmpfs there, and prints what it has.
found() {
	compose --progress quiet up -d || return
	# shellcheck disable=SC2016 # the container's shell expands it
	compose exec -T app /busybox sh -c 'cd /run; for f in secrets/token secrets/password settings; do echo "$f: $(/busybox cat $f 2>/dev/null)"; done'
}

version "$(compose version), engine $(docker version --format '{{.Server.Version}}')"
guess "secrets and configs are mounted after a tmpfs, as each mount below another is: the service has all three"
PLACE=/tmp
mounts() { docker inspect -f '{{range .Mounts}}{{println .Destination}}{{end}}' "$(compose ps -q app)" | grep .; }
seen "tmpfs: /tmp" $'secrets/token: of-a-variable\nsecrets/password: of-a-file\nsettings: of-the-compose-file' "$(found)"
seen "what of these is a mount" /run/secrets/password "$(mounts)"
PLACE=/run
seen "tmpfs: /run" $'secrets/token: \nsecrets/password: of-a-file\nsettings: ' "$(found)"
matters "a service that writes below /run and is given a tmpfs there works with the secrets' files of the developers; where CI has the same
          secrets in variables, which are copied below the tmpfs before it is mounted, up exits with 0 and the file is not there"
