#!/usr/bin/env bash
# buildx bake reads .env for ${NAME} in the Compose file, but not for a build secret of the variable NAME: the mount is left out, exit 0.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
unset FINDING_TOKEN

# It needs a Docker engine and its BuildKit: an image of one small program, which is never run.
image=finding-$$-$RANDOM
remove() { docker image rm --force "$image:1" >/dev/null; }

mkdir context
cat >context/main.go <<'GO'
package main

import "os"

func main() {
	token, err := os.ReadFile("/run/secrets/token")
	if err != nil {
		token = []byte(err.Error())
	}
	_ = os.WriteFile("/seen", []byte("secret=["+string(token)+"] argument="+os.Getenv("ARGUMENT")), 0o644)
}
GO
(cd context && CGO_ENABLED=0 go build -o program main.go)
cat >context/Dockerfile <<'DOCKERFILE'
FROM scratch
COPY program /
ARG ARGUMENT
ARG ONCE
RUN --mount=type=secret,id=token ["/program"]
CMD ["none"]
DOCKERFILE
cat >compose.yaml <<YAML
name: $image
services:
  app:
    image: "$image:1"
    build:
      context: context
      args: {ARGUMENT: "\${FINDING_TOKEN}", ONCE: "\${ONCE}"}
      secrets: [token]
secrets: {token: {environment: FINDING_TOKEN}}
YAML
echo FINDING_TOKEN=public >.env

# built COMMAND… builds, past every cache, and prints what the program saw.
built() {
	ONCE=$image-$1-$RANDOM "$@" >log 2>&1 || { echo failed; return; }
	container=$(docker create "$image:1")
	docker cp "$container:/seen" seen >/dev/null 2>&1
	docker rm "$container" >/dev/null
	cat seen
}

version "$(compose version), buildx $(buildx version), engine $(docker version --format '{{.Server.Version}}')"
guess "the same for both: .env is read, or a variable that is not set is an error"
seen "docker compose build" "secret=[public] argument=public" "$(built compose build)"
seen "docker buildx bake --load" "secret=[open /run/secrets/token: no such file or directory] argument=public" \
	"$(built buildx bake --load)"
seen "docker buildx bake --load, exported" "secret=[public] argument=public" "$(FINDING_TOKEN=public built buildx bake --load)"
matters "the build that works with Compose runs under bake without a token: npm ci or go mod download then fails with a 401 that
          names no secret, or takes the public package of the same name"
