#!/usr/bin/env bash
# Compose: COMPOSE_ANSI wins over --ansi, and with COMPOSE_ANSI=always no flag gets plain text.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

unset COMPOSE_ANSI COMPOSE_PROGRESS NO_COLOR
echo 'services: {app: {image: none}}' >compose.yaml
asked() { compose "$@" config --services 2>&1 || true; }

version "$(compose version)"
guess "a flag wins over the variable of the same meaning, as --profile and -p do"
seen "--ansi never --progress plain" app "$(asked --ansi never --progress plain)"
seen "the same, with COMPOSE_ANSI=always in the shell" "can't use --progress plain while ANSI support is forced" \
	"$(COMPOSE_ANSI=always asked --ansi never --progress plain)"
echo COMPOSE_ANSI=always >.env
seen "the same, with COMPOSE_ANSI=always in .env" "can't use --progress plain while ANSI support is forced" "$(asked --ansi never --progress plain)"
seen "COMPOSE_ANSI=never in the shell, always in .env" app "$(COMPOSE_ANSI=never asked --progress plain)"
matters "a program that calls Compose and reads what it says fails in the project of somebody who likes colours; it has to set the
          variable for its call"
