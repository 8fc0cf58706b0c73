#!/usr/bin/env bash
# Compose: `down --rmi local` deletes images with a name of their own, images that were committed, and of the tags of an image the first by name.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
debian busybox=busybox-static

# It needs a Docker engine: images with busybox, and containers of them, all of this project's name.
project=finding-$$-$RANDOM
remove() {
	compose --progress quiet down
	docker images -qa --filter "label=com.docker.compose.project=$project" | sort -u | xargs -r docker image rm -f >/dev/null
}

cp "$(command -v busybox)" busybox
printf '%s\n' 'FROM scratch' 'COPY busybox /busybox' 'CMD ["/busybox", "sleep", "1000"]' >Dockerfile
cat >compose.yaml <<YAML
name: $project
services:
  own: {build: ., image: "acme/$project:1.0", stop_grace_period: 0s}
  web: {build: {context: ., labels: {is: web}}, stop_grace_period: 0s}
YAML
# images lists what there is of this name.
images() { docker images --format '{{.Repository}}:{{.Tag}}' | grep "$project" | sed "s/$project/P/" | sort; }

version "$(compose version), engine $(docker version --format '{{.Server.Version}}')"
guess "as its help says, local removes only images that don't have a custom tag: P-web"
compose --progress quiet build
compose --progress quiet up -d
docker tag "$project-web" "acme/$project-web:release"
docker tag "$project-web" "zeta/$project-web:release"
docker commit "$(compose ps -q web)" "acme/$project-web:kept" >/dev/null
seen "the images" $'P-web:latest\nacme/P-web:kept\nacme/P-web:release\nacme/P:1.0\nzeta/P-web:release' "$(images)"
compose --progress quiet down --rmi local
seen "after down --rmi local" zeta/P-web:release "$(images)"
matters "what was built under its own name to be deployed, and what was kept to look into a failure, is deleted by what sounds like the harmless one
          of two, as they have the project's labels; of an image's tags the default one goes and the first by name, whoever gave it"
