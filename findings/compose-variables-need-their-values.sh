#!/usr/bin/env bash
# `docker compose config --variables` and `--no-interpolate` cannot read a file that includes or extends one by a variable in its path.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
unset FINDING_DIR FINDING_TAG

mkdir sub
# shellcheck disable=SC2016 # Compose expands it
echo 'services: {b: {image: "b:${FINDING_TAG:-1}"}}' >sub/compose.yaml
cat >include.yaml <<'YAML'
name: variables
include: ["${FINDING_DIR:-sub}/compose.yaml"]
YAML
cat >extends.yaml <<'YAML'
name: variables
services: {a: {extends: {file: "${FINDING_DIR:-sub}/compose.yaml", service: b}}}
YAML
said() { compose "$@" 2>&1 | sed "s,$dir,.," || true; }

# shellcheck disable=SC2016 # Compose does not expand it
known='open ./${FINDING_DIR:-sub}/compose.yaml: no such file or directory'

version "$(compose version)"
guess "the file is found by the variable's value or default, and the variables of both files are listed"
seen "include: [\"\${FINDING_DIR:-sub}/compose.yaml\"], config --images" b:1 "$(said -f include.yaml config --images)"
seen "config --variables" "$known" "$(said -f include.yaml config --variables)"
seen "config --no-interpolate" "$known" "$(said -f include.yaml config --no-interpolate)"
seen "extends: {file: \"\${FINDING_DIR:-sub}/compose.yaml\"}, config --images" b:1 "$(said -f extends.yaml config --images)"
seen "config --variables" "$known" "$(said -f extends.yaml config --variables)"
matters "what is to list the variables of a stack fails on one that starts without any of them being set; no environment repairs it"
