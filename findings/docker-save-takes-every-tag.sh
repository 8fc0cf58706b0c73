#!/usr/bin/env bash
# Docker: `docker save app` is not app:latest but every tag of app, and a load moves them all.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
debian jq=jq

# It needs a Docker engine: three images of this name.
name=finding-$$-$RANDOM
remove() { docker image rm "$name:latest" "$name:1.0" "$name:2.0" >/dev/null; }
for tag in 1.0 2.0 latest; do
	echo "$tag" >release
	tar -c release | docker import - "$name:$tag" >/dev/null
done
# holds FILE prints the names that an archive brings.
holds() { tar -xOf "$1" manifest.json | jq -r '.[].RepoTags[]?' | sed "s/^$name/app/" | sort | xargs; }

version "Docker CLI $(docker version -f '{{.Client.Version}}'), engine $(docker version -f '{{.Server.Version}}')"
guess "a name without a tag is that of latest, as for run, tag, push, inspect and rmi"
docker save "$name" >all.tar
docker save "$name:latest" >latest.tar
seen "docker save app:latest" "app:latest" "$(holds latest.tar)"
seen "docker save app" "app:1.0 app:2.0 app:latest" "$(holds all.tar)"
docker tag "$name:2.0" "$name:1.0"
docker load -q -i all.tar >/dev/null
seen "app:1.0, which had been moved here, after docker load" back \
	"$([ "$(docker inspect -f '{{.Id}}' "$name:1.0")" = "$(docker inspect -f '{{.Id}}' "$name:2.0")" ] && echo moved || echo back)"
matters "docker save app | ssh server docker load sends every version that was ever kept, and on the server sets tags back that point to
          something else there, such as the release to go back to"
