#!/usr/bin/env bash
# go-redis: `Expire` and `SetEx` cut 1900 ms to 1 s, `Set` and `GetEx` keep them; `BLPop` waits for one second.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
server=
remove() { [ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null || true; }

cat >main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/redis/go-redis/v9"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func main() {
	const short = 1900 * time.Millisecond
	ctx := context.Background()
	client := redis.NewClient(&redis.Options{Addr: os.Args[1]})
	defer client.Close()
	for _, by := range []struct {
		name string
		do   func() redis.Cmder
	}{
		{"Set", func() redis.Cmder { return client.Set(ctx, "lock", "mine", short) }},
		{"SetEx", func() redis.Cmder { return client.SetEx(ctx, "lock", "mine", short) }},
		{"GetEx", func() redis.Cmder { return client.GetEx(ctx, "lock", short) }},
		{"Expire", func() redis.Cmder { return client.Expire(ctx, "lock", short) }},
		{"PExpire", func() redis.Cmder { return client.PExpire(ctx, "lock", short) }},
	} {
		must(client.Set(ctx, "lock", "mine", 0).Result())
		command := by.do()
		must(0, command.Err())
		fmt.Println(by.name, "sends", command.Args(), "and has more than a second left:", must(client.PTTL(ctx, "lock").Result()) > time.Second)
	}
	fmt.Println("BLPop sends", client.BLPop(ctx, short, "queue").Args())
	fmt.Println("Expire of 500 ms sends", client.Expire(ctx, "lock", 500*time.Millisecond).Args())
}
GO

go_build github.com/redis/go-redis/v9@v9.23.0
debian redis-server=redis-server
version "Redis $(redis-server --version | grep -o 'v=[0-9.]*' | cut -c3-)"
port=$((20000 + RANDOM % 10000))
redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no --dir "$dir" >redis.log &
server=$!
listening "$port" "$server"
guess "a time.Duration is kept, as Set keeps it: to milliseconds, which Redis has for a key's life (PEXPIRE) and for BLPOP (1.9)"
seen "1900 ms by each way" 'Set sends [set lock mine px 1900] and has more than a second left: true
SetEx sends [setex lock 1 mine] and has more than a second left: false
GetEx sends [getex lock px 1900] and has more than a second left: true
Expire sends [expire lock 1] and has more than a second left: false
PExpire sends [pexpire lock 1900] and has more than a second left: true
BLPop sends [blpop queue 1]
Expire of 500 ms sends [expire lock 1]' "$(./program "127.0.0.1:$port" 2>log)"
seen "what the client logs of it, without the time" 'specified duration is 500ms, but minimal supported value is 1s - truncating to 1s' "$(sed 's/.*specified/specified/' log)"
matters "a lock of 1.9 s that is taken by Set and renewed by Expire is shortened at each renewal, to about half, and somebody else has it
          while its holder still works; a loop over BLPop comes round twice as often. Only what is below a second is logged; PExpire keeps it"
