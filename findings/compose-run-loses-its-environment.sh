#!/usr/bin/env bash
# `docker compose run -e A=1 --env-from-file FILE` with a file that cannot be read to its end runs without A, exit 0.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
unset FINDING_LEVEL

# It needs a Docker engine: one image with busybox, and containers of it, all of this project's name.
project=finding-$$-$RANDOM
remove() {
	compose --progress quiet down
	docker image rm "$project:1" >/dev/null
}

busybox_image "$project:1"
printf 'name: %s\nservices: {app: {image: "%s:1", pull_policy: never}}\n' "$project" "$project" >compose.yaml
printf 'name: %s\nservices: {app: {image: "%s:1", pull_policy: never, env_file: [run.env]}}\n' "$project" "$project" >file.yaml
# shellcheck disable=SC2016 # Compose expands it
echo 'B=${FINDING_LEVEL:?say FINDING_LEVEL}' >run.env
# ran FLAG… prints A and B as the program has them, or the error.
ran() {
	local code=0
	# shellcheck disable=SC2016 # the container expands it
	compose --progress quiet "$@" app /busybox sh -c 'echo "A=[$A] B=[$B]"' 2>said || code=$?
	tail -n 1 said | sed 's/.*run.env: //'
	echo "exit $code"
}

version "$(compose version), engine $(docker version --format '{{.Server.Version}}')"
guess "the error of the file, as env_file of the Compose file has it; A comes from the command line in any case"
seen "run -e A=1 --env-from-file, FINDING_LEVEL=low" $'A=[1] B=[low]\nexit 0' "$(ran run --rm -T -e FINDING_LEVEL=low -e A=1 --env-from-file run.env)"
seen "the same without FINDING_LEVEL" $'A=[] B=[]\nexit 0' "$(ran run --rm -T -e A=1 --env-from-file run.env)"
seen "env_file: [run.env]" $'required variable FINDING_LEVEL is missing a value: say FINDING_LEVEL\nexit 1' "$(ran -f file.yaml run --rm -T)"
matters "the message that the file's author wrote for this case is never seen, and a one-off (a migration, say) runs with the service's
          defaults in the place of what stands on its command line"
