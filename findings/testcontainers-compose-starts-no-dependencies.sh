#!/usr/bin/env bash
# testcontainers-go's compose module: RunServices("web") fails where web depends on something: "no such service"; needs an engine.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
name=finding-$$-$RANDOM
export NAME=$name TESTCONTAINERS_RYUK_DISABLED=true
remove() {
	docker ps -aq --filter "label=com.docker.compose.project=$name" | xargs -r docker rm -f >/dev/null
	docker network rm "${name}_default" >/dev/null 2>&1
	docker rmi -f "$name" >/dev/null 2>&1
}
busybox_image "$name"
cat >compose.yaml <<YAML
services:
  db: {image: $name, command: [/busybox, sleep, "1000"]}
  cache: {image: $name, command: [/busybox, sleep, "1000"]}
  web: {image: $name, command: [/busybox, sleep, "1000"], depends_on: [db]}
YAML

cat >main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/testcontainers/testcontainers-go/modules/compose"
)

func main() {
	ctx := context.Background()
	stack, err := compose.NewDockerComposeWith(compose.StackIdentifier(os.Getenv("NAME")), compose.WithStackFiles("compose.yaml"))
	if err != nil {
		panic(err)
	}
	fmt.Println("Up:", stack.Up(ctx, compose.RunServices("web")))
}
GO

go_build github.com/testcontainers/testcontainers-go/modules/compose@v0.45.0
running() { docker ps --filter "label=com.docker.compose.project=$name" --format '{{.Label "com.docker.compose.service"}}' | sort | xargs; }
guess "db and web: RunServices \"is comparable to docker compose run\", which starts what a service depends on"
seen "Up of web, which depends_on db" 'Up: compose up: no such service: db
running: ' "$(./program 2>said)
running: $(running)"
compose -p "$name" up -d web >/dev/null 2>&1
seen "docker compose up -d web" 'db web' "$(running)"
matters "the way to start a part of a large file takes the others out of the project first: every dependency of a dependency has to be named
          in each test, and the message speaks of a service that is in the file"
