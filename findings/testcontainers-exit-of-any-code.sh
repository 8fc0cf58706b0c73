#!/usr/bin/env bash
# testcontainers-go: wait.ForExit, under "Match an exit code" in the manual, is content with every exit code; needs an engine.
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

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"
)

func main() {
	ctx := context.Background()
	migration, err := testcontainers.Run(ctx, os.Getenv("IMAGE"), testcontainers.WithName(os.Getenv("IMAGE")),
		testcontainers.WithCmd("sh", "-c", "echo 'relation \"book\" does not exist' >&2; exit 3"),
		testcontainers.WithWaitStrategy(wait.ForExit()))
	fmt.Println("Run:", err)
	state, err := migration.State(ctx)
	if err != nil {
		panic(err)
	}
	fmt.Println("exit code:", state.ExitCode)
	if err := testcontainers.TerminateContainer(migration); err != nil {
		panic(err)
	}
}
GO

go_build github.com/testcontainers/testcontainers-go@v0.45.0
guess "a one-shot that fails is an error of Run: the manual heads its example of ForExit \"Match an exit code\""
seen "a migration that ends with 3, and wait.ForExit()" 'Run: <nil>
exit code: 3' "$(./program 2>said)"
matters "there is no code to match, and no option for it: tests go on against a database whose migration has failed, as long as nobody reads
          State().ExitCode; wait.ForLog does tell, by an error \"container exited with code 3\""
