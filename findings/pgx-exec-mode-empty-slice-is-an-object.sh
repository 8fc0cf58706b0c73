#!/usr/bin/env bash
# pgx: with QueryExecModeExec or the simple protocol, as for PgBouncer, an empty slice is the object {} in jsonb, a full one an error.
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

	"github.com/jackc/pgx/v5"
)

func main() {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, "")
	if err != nil {
		panic(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, "create table t (tags jsonb not null)"); err != nil {
		panic(err)
	}
	for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeCacheStatement, pgx.QueryExecModeDescribeExec, pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol} {
		for _, tags := range [][]string{{}, {"a"}} {
			var stored string
			err := conn.QueryRow(ctx, "insert into t values ($1) returning tags::text", mode, tags).Scan(&stored)
			fmt.Printf("%s, %q: %s, an error %t\n", mode, tags, stored, err != nil)
		}
	}
}
GO

go_build github.com/jackc/pgx/v5@v5.13.0
postgres_server
guess "queries will be rejected that have arguments that are unregistered or ambiguous, and types pgx supports directly behave alike (QueryExecModeExec)"
seen "[]string into a jsonb column" 'cache statement, []: [], an error false
cache statement, ["a"]: ["a"], an error false
describe exec, []: [], an error false
describe exec, ["a"]: ["a"], an error false
exec, []: {}, an error false
exec, ["a"]: , an error true
simple protocol, []: {}, an error false
simple protocol, ["a"]: , an error true' "$(./program)"
matters "an application that goes behind PgBouncer gets one of these modes: rows without tags are {} from then on, which jsonb_array_length and
          every reader of an array refuse, and only those with tags fail at once. json.Marshal and a string work in all modes"
