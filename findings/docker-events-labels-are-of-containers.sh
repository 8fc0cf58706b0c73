#!/usr/bin/env bash
# Docker: `docker events --filter label=…` has no event of a labelled network or volume, and two label filters are an AND, where two of any other are an OR.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

# It needs a Docker engine: an image, two containers, a network and a volume, all of this name.
name=finding-$$-$RANDOM
remove() {
	docker rm -f "$name-1" "$name-2" >/dev/null
	docker network rm "$name" >/dev/null
	docker volume rm "$name" >/dev/null
	docker image rm "$name:1" >/dev/null
}
busybox_image "$name:1"
# listen N FILTER… has what events tell written to N, from now on.
listen() {
	local filters=() one
	for one in "${@:2}"; do filters+=(--filter "$one"); done
	docker events --since "$(date +%s)" --filter event=create "${filters[@]}" --format '{{.Type}} {{.Action}} {{.Actor.ID}} {{.Actor.Attributes.name}}' >"$1" &
	listeners+=($!)
}
listeners=()
listen all
listen project "label=project=$name"
listen both "container=$name-1" "container=$name-2"
listen parts label=part=1 label=part=2
docker network create --label project="$name" --label part=1 "$name" >/dev/null
docker volume create --label project="$name" --label part=1 "$name" >/dev/null
for part in 1 2; do docker create --label project="$name" --label "part=$part" --name "$name-$part" "$name:1" /busybox true >/dev/null; done
complete() { [ "$(grep -c "$name" all)" -ge 4 ] && [ "$(grep -c "$name" both)" -ge 2 ]; }
patiently complete
sleep 1
kill "${listeners[@]}"
# told N prints what N has of our things.
told() { grep -e "$name" "$1" | awk '{print $1, $2}' | sort | uniq -c | awk '{print $2, $3, $1}' | xargs -d '\n' | sed 's/ *$//'; }

version "Docker engine $(docker version -f '{{.Server.Version}}')"
guess "label=project=NAME is everything that has the label; a second filter of one kind is an OR, as the manual says"
seen "--filter event=create, all kinds" "container create 2 network create 1 volume create 1" "$(told all)"
seen "--filter event=create --filter label=project=NAME" "container create 2" "$(told project)"
seen "--filter container=NAME-1 --filter container=NAME-2" "container create 2" "$(told both)"
seen "--filter label=part=1 --filter label=part=2" "" "$(told parts || true)"
matters "a program that follows a Compose project by its label never learns that a network or volume of it came or went, and one that
          follows two services by two label filters is told nothing at all"
