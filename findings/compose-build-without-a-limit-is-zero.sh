#!/usr/bin/env bash
# A build's `ulimits: {memlock: -1}`, no limit, reaches BuildKit as memlock=0:0; the same line of a service is no limit; needs an engine.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
image=finding-$$-$RANDOM
remove() {
	compose --project-name "$image" down --volumes >/dev/null 2>&1
	docker rmi --force "$image" >/dev/null 2>&1
}
shell_image "$image"

cat >compose.yaml <<YAML
services:
  short: {image: "$image", pull_policy: never, ulimits: {memlock: -1}, command: [sleep, "60"], build: {context: ., ulimits: {memlock: -1}}}
  long: {image: long, profiles: [none], build: {context: ., ulimits: {memlock: {soft: -1, hard: -1}}}}
YAML

version "$(compose version), engine $(docker version -f '{{.Server.Version}}')"
guess "-1 is no limit, of a build as of a container"
compose --project-name "$image" create --no-build short >/dev/null 2>&1
seen "the container's" '[{"Name":"memlock","Hard":-1,"Soft":-1}]' "$(docker inspect -f '{{json .HostConfig.Ulimits}}' "$image-short-1")"
seen "docker compose build --print (long, short)" '"memlock=-1:-1"
"memlock=0:0"' "$(compose --profile none --project-name "$image" build --print 2>/dev/null | grep -o '"memlock=.*"' | sort)"
matters "a step that locks memory (a database's initialisation, a GPU toolkit) gets none at all, or with an unprivileged builder the build
          fails; soft and hard written out are right in both"
