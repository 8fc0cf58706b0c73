#!/usr/bin/env bash
# neo4j-go-driver: the user, the password and the database of a URI are taken without an error and go nowhere: the query is of nobody, in the default database.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

cat >main.go <<'GO'
package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"regexp"
	"slices"
	"strings"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"
)

// serve answers one connection as a Neo4j with Bolt 5.0 does, until the query, and gives the messages.
func serve(listener net.Listener, messages chan string) {
	defer close(messages)
	conn, err := listener.Accept()
	if err != nil {
		return
	}
	defer conn.Close()
	_, _ = io.ReadFull(conn, make([]byte, 20))
	_, _ = conn.Write([]byte{0, 0, 0, 5})
	for range 2 {
		message := ""
		for {
			size := make([]byte, 2)
			if _, err := io.ReadFull(conn, size); err != nil {
				return
			}
			if n := binary.BigEndian.Uint16(size); n > 0 {
				chunk := make([]byte, n)
				_, _ = io.ReadFull(conn, chunk)
				message += string(chunk)
			} else if message != "" {
				break
			}
		}
		messages <- message
		success := "\xb1\x70\xa2\x86server\x89Neo4j/5.0\x8dconnection_id\x811"
		_, _ = conn.Write([]byte("\x00" + string(rune(len(success))) + success + "\x00\x00"))
	}
}

func main() {
	word := regexp.MustCompile("movies|neo4j|letmein|none|basic")
	for _, try := range []struct {
		uri, database string
		auth          neo4j.AuthToken
	}{
		{"bolt://neo4j:letmein@%s/movies", "", neo4j.NoAuth()},
		{"bolt://%s", "movies", neo4j.BasicAuth("neo4j", "letmein", "")},
	} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			panic(err)
		}
		messages := make(chan string, 2)
		go serve(listener, messages)
		ctx := context.Background()
		driver, err := neo4j.NewDriverWithContext(fmt.Sprintf(try.uri, listener.Addr()), try.auth)
		fmt.Println("driver:", err)
		if err != nil {
			return
		}
		session := driver.NewSession(ctx, neo4j.SessionConfig{DatabaseName: try.database})
		_, _ = session.Run(ctx, "RETURN 1", nil)
		for _, what := range []string{"hello", "query"} {
			message := <-messages
			words := word.FindAllString(strings.ReplaceAll(message, "neo4j-go", ""), -1)
			slices.Sort(words)
			fmt.Printf("%s: %q\n", what, strings.Join(words, " "))
		}
		_ = listener.Close()
	}
}
GO
go_build github.com/neo4j/neo4j-go-driver/v5@v5.28.4
guess "a URI of the form that every other database takes signs in as its user, in its database, or is refused"
seen "what is sent for bolt://neo4j:letmein@HOST/movies, then for bolt://HOST with BasicAuth and DatabaseName" 'driver: <nil>
hello: "none"
query: ""
driver: <nil>
hello: "basic letmein neo4j"
query: "movies"' "$(./program)"
matters "beside postgres://user:password@host/app and redis://…/1 a stack's NEO4J_URI looks alike, and a seed, a migration or a delete of everything goes
          to the default database without an error, for each project of the server"
