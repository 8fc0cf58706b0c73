#!/usr/bin/env bash
# Compose: an inline config whose content comes to nothing is the directory that the command was given in.
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
cat >compose.yaml <<YAML
name: $project
services:
  app:
    image: "$project:1"
    pull_policy: never
    configs: [{source: extra, target: /etc/extra.conf}]
    command: [/busybox, ls, /etc/extra.conf]
configs: {extra: {content: "\${FINDING_EXTRA}"}}
YAML
mkdir elsewhere
touch elsewhere/of-the-directory
lists() { (cd elsewhere && compose --progress quiet -f ../compose.yaml run --rm -T app) 2>&1; }

version "$(compose version), engine $(docker version --format '{{.Server.Version}}')"
guess "a file, whose content is what the variable holds"
seen "FINDING_EXTRA=listen" /etc/extra.conf "$(FINDING_EXTRA=listen lists)"
seen "FINDING_EXTRA=" of-the-directory "$(FINDING_EXTRA='' lists)"
matters "an optional addition to a configuration, which most do not set, is a directory where the program reads a file: it ends, or takes
          what lies in the directory for its configuration; a comment before the variable makes it a file"
