#!/usr/bin/env bash
# Compose: a secret or config of a variable that is set and empty is not mounted at all; one of an empty file is.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
unset FINDING_TOKEN

# It needs a Docker engine: one image with busybox, and containers of it, all of this project's name.
project=finding-$$-$RANDOM
remove() {
	compose --progress quiet down
	docker image rm "$project:1" >/dev/null
}

busybox_image "$project:1"
: >empty
cat >compose.yaml <<YAML
name: $project
services:
  app:
    image: "$project:1"
    pull_policy: never
    secrets: [variable, file]
    configs: [variable]
    command: [/busybox, sh, -c, 'for f in /run/secrets/variable /run/secrets/file /variable; do if [ -e \$\$f ]; then /busybox wc -c \$\$f; else echo none \$\$f; fi; done']
secrets:
  variable: {environment: FINDING_TOKEN}
  file: {file: empty}
configs:
  variable: {environment: FINDING_TOKEN}
YAML
files() { compose --progress quiet run --rm -T app 2>said || tail -n 1 said; }

version "$(compose version), engine $(docker version --format '{{.Server.Version}}')"
guess "an empty variable makes an empty file, as an empty file does, and a variable that is not set is an error"
seen "FINDING_TOKEN=abc" '3 /run/secrets/variable
0 /run/secrets/file
3 /variable' "$(FINDING_TOKEN=abc files)"
seen "FINDING_TOKEN=" 'none /run/secrets/variable
0 /run/secrets/file
none /variable' "$(FINDING_TOKEN='' files)"
matters "whoever empties a variable to run without a password gets a service that cannot open its file, or reads the one that the
          image has at that path; with the same value in a file it works"
