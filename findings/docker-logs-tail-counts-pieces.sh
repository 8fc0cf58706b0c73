#!/usr/bin/env bash
# Docker: `docker logs --tail 1` is the last piece of a long line, and `--timestamps` writes a time within it every 16 KiB.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

# It needs a Docker engine: one image and one container, of this name.
name=finding-$$-$RANDOM
remove() {
	docker rm -f "$name" >/dev/null
	docker image rm "$name:1" >/dev/null
}
shell_image "$name:1"
# A line of JSON of 40000 bytes, as of an application that logs a request.
docker run --name "$name" "$name:1" sh -c 'printf "{\"body\":\""; head -c 39989 /dev/zero | tr "\0" x; echo "\"}"' >/dev/null

# lines says of each line how long it is, and what it begins and ends with, with T for a time.
lines() {
	sed -E 's/[0-9]{4}-[0-9-]+T[0-9:.]+Z/T/g' | awk '{ print length($0) ": " substr($0, 1, 8) " ... " substr($0, length($0) - 3) }'
}

version "Docker engine $(docker version -f '{{.Server.Version}}'), log driver $(docker inspect -f '{{.HostConfig.LogConfig.Type}}' "$name")"
guess "what is one line in docker logs is one line for --tail, and has one time, before it"
seen "docker logs" '40000: {"body": ... xx"}' "$(docker logs "$name" | lines)"
seen "docker logs --tail 1" '7232: xxxxxxxx ... xx"}' "$(docker logs --tail 1 "$name" | lines)"
seen "docker logs --tail 2" '23616: xxxxxxxx ... xx"}' "$(docker logs --tail 2 "$name" | lines)"
seen "times in the one line of docker logs --timestamps" 'T 16384 T 16384 T 7232' \
	"$(docker logs --timestamps "$name" | sed -E 's/[0-9]{4}-[0-9-]+T[0-9:.]+Z /\n/g' | awk 'NR > 1 { printf "%sT %d", sep, length($0); sep = " " }')"
matters "who looks at the last line of what crashed gets JSON without its beginning, and who cuts the first word off as the time has two more
          of them in the middle of the value; read the whole log, or ask for more lines and look for the first that is whole"
