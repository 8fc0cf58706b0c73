#!/usr/bin/env bash
# A variable that is passed through (`environment: [KEY]`) and is not set here removes the value that env_file gave it.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
unset FINDING_TOKEN

cat >compose.yaml <<'YAML'
name: passing
services:
  without: {image: app, env_file: [app.env]}
  with: {image: app, env_file: [app.env], environment: [FINDING_TOKEN]}
YAML
echo FINDING_TOKEN=from-the-file >app.env

# token SERVICE prints the line of FINDING_TOKEN in the rendered model.
token() { compose config "$1" | grep FINDING_TOKEN | sed 's/^ *//'; }

version "$(compose version)"
guess "pass-through adds the shell's value where there is one; where there is none, env_file's stays"
seen "env_file alone" "FINDING_TOKEN: from-the-file" "$(token without)"
seen "env_file and environment: [FINDING_TOKEN], unset in the shell" "FINDING_TOKEN: null" "$(token with)"
seen "the same with the variable set in the shell" "FINDING_TOKEN: from-the-shell" "$(FINDING_TOKEN=from-the-shell token with)"
seen "the same with the variable set in .env" "FINDING_TOKEN: from-dotenv" "$(echo FINDING_TOKEN=from-dotenv >.env && token with)"
matters "null means that the container does not get the variable at all: one line that was meant as an override for CI
          takes the token from everybody who has it in the env file, without a warning"
