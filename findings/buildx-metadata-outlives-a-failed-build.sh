#!/usr/bin/env bash
# buildx: a build that fails takes the file of --iidfile away, and leaves that of --metadata-file as the build before wrote it.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

# It needs a Docker engine: one image of this name.
name=finding-$$-$RANDOM
remove() { docker image rm "$name:1" >/dev/null; }

# build builds the directory's Dockerfile, and says how that ended and what the two files have.
build() {
	local code=0 digest
	buildx build --builder default --progress plain --iidfile id --metadata-file meta.json -t "$name:1" . >log 2>&1 || code=$?
	digest=$(sed -n 's/.*"containerimage.digest": "\([^"]*\)".*/\1/p' meta.json)
	printf 'exit %s, --iidfile: %s, --metadata-file: %s\n' "$code" "$(if [ -e id ]; then is "$(cat id)"; else echo gone; fi)" "$(is "$digest")"
}
# is says whether a digest is that of the first image.
is() { if [ "$1" = "$first" ]; then echo 'the first image'; else echo another; fi; }

echo text >text
printf 'FROM scratch\nCOPY text /\n' >Dockerfile
first=
build >/dev/null
first=$(cat id)

version "buildx $(buildx version | cut -d' ' -f2), Docker engine $(docker version -f '{{.Server.Version}}')"
guess "a build that fails leaves neither file, or both"
seen "the same build again" 'exit 0, --iidfile: the first image, --metadata-file: the first image' "$(build)"
printf 'FROM scratch\nCOPY missing /\n' >Dockerfile
seen "a build that fails" 'exit 1, --iidfile: gone, --metadata-file: the first image' "$(build)"
matters "a tool that goes on after a failure of one of several builds, or was given the path of the run before, reads a digest that is real,
          and deploys the old image as the new one; remove the file before each build"
