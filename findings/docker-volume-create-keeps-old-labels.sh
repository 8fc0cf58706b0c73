#!/usr/bin/env bash
# `docker volume create` of a name that is there succeeds, and the labels that it was given are on nothing.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
name=finding-$$-$RANDOM
remove() { docker volume rm -f "$name" >/dev/null; }

version "Docker engine $(docker version -f '{{.Server.Version}}')"
guess "refused, as another volume has the name, or the volume has the new label"
docker volume create --label by=first "$name" >/dev/null
code=0
said=$(docker volume create --label by=second --label more=x "$name" 2>&1) || code=$?
seen "exit code of the second create, and what it prints" "0 the name" "$code ${said/$name/the name}"
seen "labels of the volume" '{"by":"first"}' "$(docker volume inspect -f '{{json .Labels}}' "$name")"
matters "two runs that each keep a copy under one name are both told that it is theirs: who made it is known only to
          who reads the labels back"
