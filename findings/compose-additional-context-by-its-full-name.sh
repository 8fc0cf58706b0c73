#!/usr/bin/env bash
# An additional context of Compose that is called golang:latest or docker.io/library/golang takes no image's place; docker buildx build
# takes either for golang; needs an engine with BuildKit 0.10 or later.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
containerd_store
folder
base=finding-$$-$RANDOM
remove() { docker rmi --force "$base" "$base-made" >/dev/null 2>&1; }
mkdir image beside
echo "the image's" >image/mark
echo "the context's" >beside/mark
tar -C image -c mark | docker import - "$base" >/dev/null

version "$(compose version), $(buildx version | cut -d ' ' -f 1,2)"
guess "a context is called as an image is: whatever names the same image is the same name"
printf 'FROM %s\nCOPY compose.yaml /\n' "$base" >Dockerfile
mark() {
	id=$(docker create "$base-made" none)
	docker cp "$id:/mark" - | tar -xO
	docker rm "$id" >/dev/null
}
for name in "$base" "$base:latest" "docker.io/library/$base"; do
	echo "{services: {made: {image: '$base-made', build: {context: ., additional_contexts: {'$name': ./beside}}}}}" >compose.yaml
	compose --project-name "$base" build --quiet >/dev/null 2>&1
	echo "Compose, $name: $(mark)"
	buildx build --quiet --load --tag "$base-made" --build-context "$name=beside" . >/dev/null 2>&1
	echo "buildx, $name: $(mark)"
done >marks
seen "which file the image has" "Compose, NAME: the context's
buildx, NAME: the context's
Compose, NAME:latest: the image's
buildx, NAME:latest: the context's
Compose, docker.io/library/NAME: the image's
buildx, docker.io/library/NAME: the context's" "$(sed "s/$base/NAME/" marks)"
matters "a base that was pinned or patched by additional_contexts is the registry's after all, without a word, unless it is called by its
          shortest name; what knows a build's inputs must know which of both counts"
