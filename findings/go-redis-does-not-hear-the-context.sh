#!/usr/bin/env bash
# go-redis: a context of 100 ms ends a command after ReadTimeout, five seconds; with ContextTimeoutEnabled a cancelled one still does.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
cat >main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/redis/go-redis/v9"
)

func main() {
	// A server that takes connections and does not answer, as a paused one.
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	for _, enabled := range []bool{false, true} {
		client := redis.NewClient(&redis.Options{Addr: silent.Addr().String(), ContextTimeoutEnabled: enabled})
		fmt.Printf("ContextTimeoutEnabled %v, ReadTimeout %v:\n", enabled, client.Options().ReadTimeout)
		get := func(what string, ctx context.Context) {
			began := time.Now()
			err := client.Get(ctx, "key").Err()
			fmt.Printf("%s: %v, in less than a second: %v\n", what, err, time.Since(began) < time.Second)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		get("a timeout of 100 ms", ctx)
		cancel()
		ctx, cancel = context.WithCancel(context.Background())
		time.AfterFunc(100*time.Millisecond, cancel)
		get("cancelled after 100 ms", ctx)
	}
}
GO

go_build github.com/redis/go-redis/v9@v9.23.0
guess "a command ends when its context does, as those of database/sql, pgx, net/http and gRPC"
seen "Get from a server that does not answer" 'ContextTimeoutEnabled false, ReadTimeout 5s:
a timeout of 100 ms: context deadline exceeded, in less than a second: false
cancelled after 100 ms: context canceled, in less than a second: false
ContextTimeoutEnabled true, ReadTimeout 5s:
a timeout of 100 ms: context deadline exceeded, in less than a second: true
cancelled after 100 ms: context canceled, in less than a second: false' "$(./program)"
matters "a health check or a request with a deadline of 100 ms hangs five seconds behind a Redis that is paused, and then says that its deadline
          was the reason; a service that is told to stop goes on waiting. A ReadTimeout of one's own is what bounds a command"
