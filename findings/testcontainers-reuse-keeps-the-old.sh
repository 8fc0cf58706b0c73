#!/usr/bin/env bash
# testcontainers-go: WithReuseByName gives the container of that name, whatever image, environment or command it was made of; needs an engine.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
image=finding-$$-$RANDOM
export IMAGE=$image TESTCONTAINERS_RYUK_DISABLED=true
remove() {
	docker rm -f "$image" >/dev/null 2>&1
	docker rmi -f "$image:1" "$image:2" >/dev/null 2>&1
}
shell_image "$image:1"
shell_image "$image:2"

cat >main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/exec"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	ctx := context.Background()
	var last testcontainers.Container
	for _, schema := range []string{"1", "2"} {
		server, err := testcontainers.Run(ctx, os.Getenv("IMAGE")+":"+schema, testcontainers.WithReuseByName(os.Getenv("IMAGE")),
			testcontainers.WithEnv(map[string]string{"SCHEMA": schema}), testcontainers.WithCmd("sleep", "100"+schema),
			testcontainers.WithFiles(testcontainers.ContainerFile{HostFilePath: "schema." + schema, ContainerFilePath: "/schema", FileMode: 0o644}))
		check(err)
		_, out, err := server.Exec(ctx, []string{"sh", "-c", "echo SCHEMA=$SCHEMA, $(cat /proc/1/cmdline | tr '\\0' ' '), /schema: $(cat /schema)"}, exec.Multiplexed())
		check(err)
		text, err := io.ReadAll(out)
		check(err)
		inspect, err := server.Inspect(ctx)
		check(err)
		fmt.Printf("asked for %s: %simage :%s\n", schema, text, inspect.Config.Image[len(os.Getenv("IMAGE"))+1:])
		last = server
	}
	check(testcontainers.TerminateContainer(last))
}
GO

echo 1 >schema.1
echo 2 >schema.2
go_build github.com/testcontainers/testcontainers-go@v0.45.0
guess "what was made differently is made anew or refused: reuse in Testcontainers for Java goes by a hash of the request"
seen "the same name with image, variable, command and file of version 1, then of version 2" 'asked for 1: SCHEMA=1, sleep 1001 , /schema: 1
image :1
asked for 2: SCHEMA=1, sleep 1001 , /schema: 1
image :1' "$(./program 2>said)"
matters "after an upgrade of image or settings the tests of a machine on which the old container is kept go on against the old server, and
          those of CI against the new one; the only remedy is a name that holds the version, or a hash of one's own"
