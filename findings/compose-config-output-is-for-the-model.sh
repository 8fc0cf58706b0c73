#!/usr/bin/env bash
# `docker compose config --images -o FILE` writes no file, prints to standard output, and exits 0.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

printf '%s\n' 'name: app' 'services: {web: {image: "web:1", ports: ["80"]}, db: {image: "db:1", volumes: ["data:/data"]}}' 'volumes: {data: {}}' >compose.yaml
# told prints how often config wrote to standard output, whether there is a file, and the exit code.
told() {
	local code=0 file="no file" lines
	rm -f out
	lines=$(compose config "$@" -o out | wc -l) || code=$?
	[ ! -e out ] || file="a file"
	echo "$lines lines on standard output, $file, exit $code"
}
version "$(compose version)"
guess "-o, \"Save to file (default to stdout)\", holds for whatever config tells"
seen "config -o out" "0 lines on standard output, a file, exit 0" "$(told)"
seen "config --images -o out" "2 lines on standard output, no file, exit 0" "$(told --images)"
seen "config --services -o out" "2 lines on standard output, no file, exit 0" "$(told --services)"
seen "config --volumes -o out" "1 lines on standard output, no file, exit 0" "$(told --volumes)"
seen "config --quiet -o out" "0 lines on standard output, no file, exit 0" "$(told --quiet)"
matters "what a step writes with \`config --images -o images.txt\` for the next one is the list of the run before, or none"
