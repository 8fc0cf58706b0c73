#!/usr/bin/env bash
# pgx: a time.Time in a `timestamp` parameter keeps what its clock shows and loses its zone: another moment comes back, without an error.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
remove() { postgres_stop; }

cat >main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

func main() {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, "")
	if err != nil {
		panic(err)
	}
	tokyo := time.Date(2026, 1, 2, 3, 0, 0, 0, time.FixedZone("Tokyo", 9*60*60))
	berlin := tokyo.In(time.FixedZone("Berlin", 60*60))
	fmt.Println("the same moment:", tokyo.Equal(berlin))
	for _, column := range []string{"timestamptz", "timestamp", "date"} {
		fmt.Print(column, ":")
		for _, at := range []time.Time{tokyo, berlin} {
			var back time.Time
			if err := conn.QueryRow(ctx, "select $1::"+column, at).Scan(&back); err != nil {
				panic(err)
			}
			fmt.Print(" ", back.UTC().Format("Jan 2 15:04"), ", ", back.Equal(at))
		}
		fmt.Println()
	}
}
GO
go_build github.com/jackc/pgx/v5@v5.12.0
postgres_server
guess "a time.Time is a moment: one without a zone of its own is stored as UTC, or refused, and Equal to what was stored when it comes back"
seen "Jan 2 03:00 in Tokyo, then the same moment in Berlin: what comes back, in UTC, and whether it is Equal" 'the same moment: true
timestamptz: Jan 1 18:00, true Jan 1 18:00, true
timestamp: Jan 2 03:00, false Jan 1 19:00, false
date: Jan 2 00:00, false Jan 1 00:00, false' "$(./program)"
matters "a token that expires in an hour has expired, or lives until tomorrow, where the service runs in another zone than UTC; in a container all is
          well, and on the developer's machine time.Now() is local. .UTC() before it goes in, or timestamptz"
