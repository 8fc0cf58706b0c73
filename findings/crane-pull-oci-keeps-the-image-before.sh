#!/usr/bin/env bash
# crane: `pull --format=oci` into the directory of the time before adds to it, and what is pushed of it then runs as the old image.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
server=
remove() { [ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null || true; }

GOBIN=$dir GOWORK=off go install github.com/google/go-containerregistry/cmd/crane@v0.22.1 >go.log 2>&1 || { tail -n 15 go.log >&2; exit 1; }
version "crane v0.22.1"
port=$((20000 + RANDOM % 10000))
./crane registry serve --address "127.0.0.1:$port" >registry.log 2>&1 &
server=$!
listening "$port" "$server"
app=127.0.0.1:$port/app

for version in v1 v2; do
	mkdir -p root
	echo "$version" >root/version
	tar -cf layer.tar -C root version
	./crane append --oci-empty-base --new_layer layer.tar --new_tag "$app:$version" >/dev/null 2>&1
done
pull() { ./crane pull --format="$1" "$app:$2" "$3" 2>&1 && echo "exit 0"; }

guess "the second pull to a path replaces what the first one left there, as it does with --format=tarball, or refuses"
seen "v1 and then v2 into one tarball: the exit codes, and what is pushed of it" 'exit 0
exit 0
v2' "$(pull tarball v1 app.tar; pull tarball v2 app.tar; ./crane push app.tar "$app:from-tarball" >/dev/null 2>&1; ./crane export "$app:from-tarball" - | tar -xO version)"
seen "v1 and then v2 into one directory of --format=oci" 'exit 0
exit 0' "$(pull oci v1 layout; pull oci v2 layout)"
seen "images in its index.json, and annotations that tell them apart" '2
0' "$(grep -c '"digest"' layout/index.json; grep -c annotations layout/index.json || true)"
seen "a push of it" 'Error: layout contains 2 entries, consider --index' "$(./crane push layout "$app:pushed" 2>&1 | tail -n 1)"
./crane push --index layout "$app:pushed" >/dev/null 2>&1
seen "what is in the image that push --index made of it" v1 "$(./crane export "$app:pushed" - | tar -xO version)"
./crane pull --format=oci "$app:v2" layout
seen "images after v2 has been pulled once more" 3 "$(grep -c '"digest"' layout/index.json)"
matters "a pipeline that keeps its directory between runs fails at its second push, and with the --index that the message advises it
          releases the version before, for ever: of entries without a platform crane takes the first. The directory is to be removed before each pull"
