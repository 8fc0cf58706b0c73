#!/usr/bin/env bash
# Compose: in `include: [sub/c.yaml, over.yaml]` the paths of over.yaml begin in sub, though it lies beside the including file.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

mkdir sub
echo NAME=of-the-root >app.env
echo NAME=of-sub >sub/app.env
cat >compose.yaml <<'YAML'
name: including
include:
  - path: [sub/compose.yaml, over.yaml]
YAML
cat >sub/compose.yaml <<'YAML'
services:
  app: {image: app}
YAML
cat >over.yaml <<'YAML'
services:
  app:
    env_file: app.env
    volumes: ["./data:/data"]
YAML
debian jq=jq
# model OPTION… prints what the service has of the two.
model() { compose "$@" config --format json | jq -r '.services.app | .environment.NAME, .volumes[0].source' | sed "s|$dir/||"; }

version "$(compose version)"
guess "an override that the root adds to what it includes is the root's: its paths begin where it lies, as those of the including file do"
seen "NAME and the bind mount, of include" $'of-sub\nsub/data' "$(model)"
seen "the same of -f sub/compose.yaml -f over.yaml, where the manual says that the first file decides" $'of-sub\nsub/data' \
	"$(model -f sub/compose.yaml -f over.yaml)"
matters "an override that points a team's stack at its own env_file and data reads the included project's, without a word where a file of that
          name is there; paths that begin with the root's say what is meant"
