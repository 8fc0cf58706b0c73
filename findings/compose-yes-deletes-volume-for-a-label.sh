#!/usr/bin/env bash
# `docker compose up -y` deletes a volume with its data because a label of the volume was edited.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

# It needs a Docker engine: one image of no bytes, one volume and containers that are never started, all of this project's name.
project=finding-$$-$RANDOM
remove() {
	compose --progress quiet down --volumes
	docker image rm "$project:1" >/dev/null
}

cat >compose.yaml <<YAML
name: $project
services: {db: {image: "$project:1", command: [none], pull_policy: never, volumes: ["data:/data"]}}
volumes: {data: {labels: {team: "one"}}}
YAML
tar -cf empty.tar --files-from=/dev/null
docker import empty.tar "$project:1" >/dev/null

# copy puts a file into the volume, or reads it back, through a container that is created and not running.
put() { compose --progress quiet cp written db:/data/written; }
get() { compose --progress quiet cp db:/data/written back 2>/dev/null && cat back; rm -f back; }
create() { compose --progress quiet up --no-start "$@" </dev/null >answer 2>&1; echo "exit $?"; }

version "$(compose version), engine $(docker version --format '{{.Server.Version}}')"
guess "a label is no data: it is ignored, or the engine's refusal to change it is reported; -y answers what can be answered safely"
create >/dev/null
echo rows >written
put
seen "what is in the volume" rows "$(get)"
sed -i 's/team: "one"/team: "two"/' compose.yaml
seen "up without a terminal after the label was edited: exit code, the question, the data" "exit 0
Recreate (data will be lost)?
rows" "$(create; grep -o 'Recreate (data will be lost)?' answer; get)"
seen "up -y: exit code, the data" "exit 0
nothing" "$(create -y; grep . <(get) || echo nothing)"
matters "-y is what a pipeline types so that nothing asks; a label for a backup tool or a cost centre, merged on Friday, then
          empties the database on the next deployment, exit 0"
