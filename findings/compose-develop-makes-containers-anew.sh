#!/usr/bin/env bash
# A `develop` section, and where the checkout lies, are part of the hash by which Compose makes containers anew.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

# hash DIR DEVELOP prints the hash of a service with that section, in a file of that directory.
hash() {
	mkdir -p "$1"
	printf 'name: finding\nservices:\n  app: {image: "app:1", %s}\n' "$2" >"$1/compose.yaml"
	compose -f "$1/compose.yaml" config --hash app
}
same() { [ "$1" = "$2" ] && echo same || echo other; }

version "$(compose version)"
guess "develop says what a watch does, and nothing of the container: the hash is the same with and without it"
seen "with develop.watch, and without" "other" "$(same "$(hash a 'develop: {watch: [{action: restart, path: conf}]}')" "$(hash a '')")"
seen "in another directory, without develop" "same" "$(same "$(hash a '')" "$(hash b '')")"
seen "in another directory, with it" "other" "$(same "$(hash a 'develop: {watch: [{action: restart, path: conf}]}')" "$(hash b 'develop: {watch: [{action: restart, path: conf}]}')")"
matters "an ignore pattern that is added stops the database at the next up; a model compared across machines must leave develop out"
