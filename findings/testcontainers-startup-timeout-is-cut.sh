#!/usr/bin/env bash
# testcontainers-go: WithWaitStrategy cuts off a strategy's own, longer WithStartupTimeout at 60 seconds; needs an engine.
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

func main() {
	command := testcontainers.WithCmd("sh", "-c", "sleep 70; echo started; exec sleep 1000")
	strategy := wait.ForLog("started").WithStartupTimeout(3 * time.Minute)
	for _, option := range []testcontainers.CustomizeRequestOption{
		testcontainers.WithWaitStrategy(strategy),
		func(request *testcontainers.GenericContainerRequest) error { request.WaitingFor = strategy; return nil },
	} {
		began := time.Now()
		server, err := testcontainers.Run(context.Background(), os.Getenv("IMAGE"), testcontainers.WithName(os.Getenv("IMAGE")), command, option)
		fmt.Printf("error: %v, after a minute: %v, after 70 seconds: %v\n", err != nil, time.Since(began) >= time.Minute, time.Since(began) >= 70*time.Second)
		if err := testcontainers.TerminateContainer(server); err != nil {
			panic(err)
		}
	}
}
GO

go_build github.com/testcontainers/testcontainers-go@v0.45.0
guess "the strategy that says three minutes waits for up to three: the 60 seconds are the default"
seen "a server that takes 70 seconds, wait.ForLog(…).WithStartupTimeout(3 * time.Minute) by WithWaitStrategy, and as WaitingFor" 'error: true, after a minute: true, after 70 seconds: false
error: false, after a minute: true, after 70 seconds: true' "$(./program 2>said)"
matters "a slow first start (Neo4j, Milvus, a database that restores) fails on CI after a minute with \"context deadline exceeded\", and the
          timeout that one raises then is the one that does not count: WithWaitStrategyAndDeadline does"
