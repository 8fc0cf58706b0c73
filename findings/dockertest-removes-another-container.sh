#!/usr/bin/env bash
# dockertest: RemoveContainerByName and ContainerByName take the first container whose name contains the text, with its volumes; needs an engine.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
name=finding-$$-$RANDOM
export NAME=$name
remove() { docker rm -fv "$name-db" "other-$name-db-1" >/dev/null 2>&1; docker rmi -f "$name" >/dev/null 2>&1; }
busybox_image "$name"

cat >main.go <<'GO'
package main

import (
	"fmt"
	"os"

	"github.com/ory/dockertest/v3"
)

func main() {
	name := os.Getenv("NAME") + "-db"
	pool, err := dockertest.NewPool("")
	if err != nil {
		panic(err)
	}
	resource, found := pool.ContainerByName(name)
	if !found {
		panic("not found")
	}
	fmt.Println("ContainerByName is the one of that name:", resource.Container.Name == "/"+name)
	fmt.Println("RemoveContainerByName:", pool.RemoveContainerByName(name))
}
GO

go_build github.com/ory/dockertest/v3@v3.12.0
guess "the container that has this name, or none"
docker run -d --name "$name-db" "$name" /busybox sleep 1000 >/dev/null
docker run -d --name "other-$name-db-1" -v /data "$name" /busybox sleep 1000 >/dev/null
seen "NAME-db, and after it other-NAME-db-1" 'ContainerByName is the one of that name: false
RemoveContainerByName: <nil>' "$(./program)"
seen "containers that are left" 'NAME-db' "$(docker ps -a --filter "name=$name" --format '{{.Names}}' | sed "s/$name/NAME/")"
matters "\"remove the leftover of the last run, then start\" with a name such as db or postgres removes somebody else's container, that of a
          Compose project say (app-db-1), with its anonymous volumes, and its own start then fails: the name is in use"
