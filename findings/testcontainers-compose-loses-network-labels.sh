#!/usr/bin/env bash
# testcontainers-go's compose module: the labels that the file gives a network are lost, and docker compose up then stops the stack to make it anew; needs an engine.
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
  web: {image: $name, command: [/busybox, sleep, "1000"]}
networks:
  default: {labels: {team: blue}}
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
	stack, err := compose.NewDockerComposeWith(compose.StackIdentifier(os.Getenv("NAME")), compose.WithStackFiles("compose.yaml"))
	if err != nil {
		panic(err)
	}
	fmt.Println("Up:", stack.Up(context.Background()))
}
GO

go_build github.com/testcontainers/testcontainers-go/modules/compose@v0.45.0
team() { docker network inspect -f '{{index .Labels "team"}}' "${name}_default"; }
ids() {
	docker network inspect -f '{{.Id}}' "${name}_default"
	docker inspect -f '{{.State.StartedAt}}' "${name}-web-1"
}
guess "the module is Compose as a library: the network has the file's label, and docker compose -p NAME finds the stack as it would have made it"
seen "Up, and the network's label team" 'Up: <nil>
team=' "$(./program 2>said)
team=$(team)"
ids >before
compose -p "$name" up -d >log 2>&1
ids >after
seen "lines of the network's ID and of web's start that docker compose -p NAME up -d of the same file changed, and the label" '2
team=blue' "$(comm -13 <(sort before) <(sort after) | wc -l)
team=$(team)"
matters "what finds networks by a label (a proxy, a cleaner, a policy) does not find those of the stack; and who looks into it with the CLI, and
          brings one more service up, has every container stopped and the network made anew below a test that runs"
