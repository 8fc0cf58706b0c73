#!/usr/bin/env bash
# pgx: after a migration adds a column, the next `select *` of each pooled connection fails once: cached plan must not change result type.
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
	"github.com/jackc/pgx/v5/pgxpool"
)

func main() {
	ctx := context.Background()
	for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeCacheStatement, pgx.QueryExecModeCacheDescribe, pgx.QueryExecModeDescribeExec} {
		config, err := pgxpool.ParseConfig("")
		if err != nil {
			panic(err)
		}
		config.ConnConfig.DefaultQueryExecMode = mode
		config.MaxConns = 2
		pool, err := pgxpool.NewWithConfig(ctx, config)
		if err != nil {
			panic(err)
		}
		exec := func(sql string) {
			if _, err := pool.Exec(ctx, sql); err != nil {
				panic(err)
			}
		}
		// each runs the query once on each of the pool's two connections.
		each := func(what string) {
			var held []*pgxpool.Conn
			for range 2 {
				conn, err := pool.Acquire(ctx)
				if err != nil {
					panic(err)
				}
				held = append(held, conn)
			}
			for _, conn := range held {
				rows, err := conn.Query(ctx, "select * from item where id > $1", 0)
				if err == nil {
					rows.Close()
					err = rows.Err()
				}
				fmt.Printf("%s, %s: %v\n", mode, what, err)
				conn.Release()
			}
		}
		exec("drop table if exists item")
		exec("create table item (id int)")
		each("before")
		exec("alter table item add column name text")
		each("after")
		each("once more")
		pool.Close()
	}
}
GO
go_build github.com/jackc/pgx/v5@v5.12.0
postgres_server
guess "a column more is nothing to a query that goes on being right; at most the statement is prepared again, as pgx knows how to"
modes=$(for mode in 'cache statement' 'cache describe' 'describe exec'; do for when in before after 'once more'; do
	printf '%s, %s: <nil>\n%s, %s: <nil>\n' "$mode" "$when" "$mode" "$when"
done; done)
seen "select * on each of two connections, before and after alter table add column, by mode" \
	"${modes//cache statement, after: <nil>/cache statement, after: ERROR: cached plan must not change result type (SQLSTATE 0A000)}" "$(./program)"
matters "behind a service that keeps running while its migration runs, as in development, each pooled connection has one request fail that nothing
          is wrong with, hours later for those that were idle, and a transaction as a whole; columns by name, or another mode, do not"
