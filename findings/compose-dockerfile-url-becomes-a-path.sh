#!/usr/bin/env bash
# `dockerfile:` of a Compose file cannot be a URL, though `docker build --file` takes one: it is joined to the context (needs an engine).
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
debian python3=python3
server=
remove() {
	[ -z "$server" ] || kill "$server"
	docker image rm finding-url >/dev/null 2>&1
}

mkdir app served
printf 'FROM scratch\nLABEL a=b\n' >served/Dockerfile
port=$((20000 + RANDOM % 10000))
python3 -m http.server --bind 127.0.0.1 --directory served "$port" >/dev/null 2>&1 &
server=$!
listening "$port" "$server"
cat >compose.yaml <<YAML
name: far
services:
  web: {image: finding-url, build: {context: ./app, dockerfile: "http://127.0.0.1:$port/Dockerfile"}}
YAML

version "$(compose version), buildx $(buildx version), engine $(docker version --format '{{.Server.Version}}')"
guess "what docker buildx build takes as --file, docker compose build takes as dockerfile"
code=0
buildx build --tag finding-url --file "http://127.0.0.1:$port/Dockerfile" app >/dev/null 2>&1 || code=$?
seen "docker buildx build --file http://…/Dockerfile app, exit code" 0 "$code"
seen "docker compose build" "lstat DIR/app/http:: no such file or directory" \
	"$(compose build 2>&1 | grep -o 'lstat .*' | sed "s|$dir|DIR|")"
matters "a Dockerfile that several repositories share cannot be named by its address: it is either the whole context
          (build: http://…/Dockerfile), without the files beside it, or a Git repository's"
