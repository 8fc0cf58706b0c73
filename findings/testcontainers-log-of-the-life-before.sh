#!/usr/bin/env bash
# testcontainers-go: after Stop and Start, wait.ForLog finds the line of the life before, and the container is ready at once; needs an engine.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
image=finding-$$-$RANDOM
export IMAGE=$image TESTCONTAINERS_RYUK_DISABLED=true
remove() { docker rm -f "$image" >/dev/null 2>&1; docker rmi -f "$image" >/dev/null 2>&1; }
shell_image "$image"

cat >main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	ctx := context.Background()
	server, err := testcontainers.Run(ctx, os.Getenv("IMAGE"), testcontainers.WithName(os.Getenv("IMAGE")),
		testcontainers.WithCmd("sh", "-c", "rm -f /ready; sleep 5; touch /ready; echo ready for connections; exec sleep 1000"),
		testcontainers.WithWaitStrategy(wait.ForLog("ready for connections")))
	check(err)
	say := func(what string) {
		code, _, err := server.Exec(ctx, []string{"test", "-e", "/ready"})
		check(err)
		fmt.Printf("%s: ready %v\n", what, code == 0)
	}
	say("after Run")
	none := time.Duration(0)
	check(server.Stop(ctx, &none))
	check(server.Start(ctx))
	say("after Stop and Start")
	check(testcontainers.TerminateContainer(server))
}
GO

go_build github.com/testcontainers/testcontainers-go@v0.45.0
guess "Start waits as Run did, for the line that this start writes"
seen "a server that is ready five seconds after it was started, and wait.ForLog" 'after Run: ready true
after Stop and Start: ready false' "$(./program 2>said)"
matters "a test of what the application does when its database restarts goes on while the database is down, and a reused container that was
          stopped is believed ready: the log is the container's, not the process's. WithOccurrence counts from the beginning too"
