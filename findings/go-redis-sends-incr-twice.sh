#!/usr/bin/env bash
# go-redis: a command whose answer was lost is sent again: one Incr counts two, without an error.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
server=
remove() { [ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null || true; }

cat >main.go <<'GO'
package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"sync/atomic"

	"github.com/redis/go-redis/v9"
)

// connection passes on what the client sends and the server answers; where it sees an INCR, and none was lost yet, it ends in place of the answer.
func connection(client net.Conn, to string, lost *atomic.Bool) {
	defer client.Close()
	server, err := net.Dial("tcp", to)
	if err != nil {
		panic(err)
	}
	var due atomic.Bool
	go func() {
		defer server.Close()
		for lines := bufio.NewReader(client); ; {
			line, err := lines.ReadString('\n')
			if err != nil {
				return
			}
			if line == "incr\r\n" && lost.CompareAndSwap(false, true) {
				due.Store(true)
			}
			_, _ = io.WriteString(server, line)
		}
	}()
	for buffer := make([]byte, 4096); ; {
		n, err := server.Read(buffer)
		if err != nil || due.Load() {
			return
		}
		_, _ = client.Write(buffer[:n])
	}
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	var lost atomic.Bool
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go connection(client, os.Args[1], &lost)
		}
	}()
	for _, options := range []redis.Options{{}, {MaxRetries: -1}} {
		options.Addr = listener.Addr().String()
		client := redis.NewClient(&options)
		fmt.Print("MaxRetries ", options.MaxRetries, ": ")
		lost.Store(false)
		fmt.Println(client.Incr(context.Background(), "orders").Result())
		_ = client.Del(context.Background(), "orders")
		_ = client.Close()
	}
}
GO

go_build github.com/redis/go-redis/v9@v9.23.0
debian redis-server=redis-server
version "Redis $(redis-server --version | grep -o 'v=[0-9.]*' | cut -c3-)"
port=$((20000 + RANDOM % 10000))
redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no --dir "$dir" >redis.log &
server=$!
listening "$port" "$server"
guess "a connection that ends after the command was sent is an error of it: the client cannot know, and sends again only what does no harm twice"
seen "one Incr of a new key, whose answer the connection's end took: value and error" 'MaxRetries 0: 2 <nil>
MaxRetries -1: 0 EOF' "$(./program "127.0.0.1:$port")"
matters "a server or proxy that restarts makes counters, LPUSH and queues of XADD do things twice, and LPOP and GETDEL lose what the first try took,
          all without an error: 0 means three retries of every command, -1 none"
