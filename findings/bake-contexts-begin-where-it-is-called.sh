#!/usr/bin/env bash
# buildx bake: the paths of `-f deploy/compose.yaml` begin in the working directory, Compose's in deploy; an include is not found at all.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
debian jq=jq
mkdir -p app deploy/app
cat >deploy/compose.yaml <<'YAML'
name: finding
services:
  web: {image: web, build: ./app}
YAML
cat >deploy/all.yaml <<'YAML'
name: finding
include: [compose.yaml]
YAML
# here prints a path below the working directory.
here() { sed "s|^$dir/||"; }

version "$(buildx version | cut -d ' ' -f 1,2), $(compose version)"
guess "a path of a Compose file begins in the file's directory, whoever reads it"
seen "context of web in deploy/compose.yaml by Compose" deploy/app \
	"$(compose -f deploy/compose.yaml config --format json | jq -r .services.web.build.context | here)"
seen "by bake" app "$(buildx bake -f deploy/compose.yaml --print 2>/dev/null | jq -r .target.web.context | here)"
seen "by bake in deploy" app "$(cd deploy && buildx bake -f compose.yaml --print 2>/dev/null | jq -r .target.web.context)"
seen "bake of deploy/all.yaml, which includes compose.yaml" "no such file or directory" \
	"$(buildx bake -f deploy/all.yaml --print 2>&1 | grep -o 'no such file or directory' | head -n 1)"
matters "where a directory of that name is in both places, bake builds another image under the same tag, exit 0; it has to be called
          in the directory of the file"
