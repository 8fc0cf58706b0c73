#!/usr/bin/env bash
# testcontainers-go: the Content of a log line that a LogConsumer keeps is written over afterwards; needs an engine.
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
	"sync"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"
)

// kept is a consumer that keeps what it was given.
type kept struct {
	sync.Mutex
	logs  []testcontainers.Log
	texts []string
}

func (k *kept) Accept(l testcontainers.Log) {
	k.Lock()
	defer k.Unlock()
	k.logs = append(k.logs, l)
	k.texts = append(k.texts, string(l.Content))
}

func main() {
	var consumer kept
	server, err := testcontainers.Run(context.Background(), os.Getenv("IMAGE"), testcontainers.WithName(os.Getenv("IMAGE")),
		testcontainers.WithCmd("sh", "-c", "for word in first other third; do echo $word; sleep 1; done"),
		testcontainers.WithLogConsumers(&consumer), testcontainers.WithWaitStrategy(wait.ForExit()))
	if err != nil {
		panic(err)
	}
	if err := testcontainers.TerminateContainer(server); err != nil { // ends the production of logs
		panic(err)
	}
	consumer.Lock()
	defer consumer.Unlock()
	for i, l := range consumer.logs {
		fmt.Printf("%q is kept: %v\n", consumer.texts[i], string(l.Content) == consumer.texts[i])
	}
}
GO

go_build github.com/testcontainers/testcontainers-go@v0.45.0
guess "a Log is a value of its own, that can be kept"
seen "three lines, kept as []testcontainers.Log and as strings, and compared at the end" '"first\n" is kept: false
"other\n" is kept: false
"third\n" is kept: false' "$(./program 2>said)"
matters "a test that collects the lines and looks for one of them, or prints them when it fails, reads what was written over them (here zeros); Content
          has to be copied in Accept, as string(l.Content) does in the manual's example"
