#!/usr/bin/env bash
# pgx: a string, of a type of one's own too, is JSON as it stands in a jsonb parameter: "1e3" is a number, "null" is null, "on" is an error.
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

type Code string

func main() {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, "")
	if err != nil {
		panic(err)
	}
	defer conn.Close(ctx)
	for _, code := range []Code{"1e3", "true", "null", "on"} {
		for _, value := range []any{code, []Code{code}, map[string]Code{"code": code}} {
			var text, kind string
			err := conn.QueryRow(ctx, "select $1::jsonb::text, jsonb_typeof($1::jsonb)", value).Scan(&text, &kind)
			fmt.Printf("%T of %q: %s %s, an error %t\n", value, string(code), text, kind, err != nil)
		}
	}
}
GO

go_build github.com/jackc/pgx/v5@v5.13.0
postgres_server
guess "a Go value in a jsonb parameter is what encoding/json makes of it, as of every other type: the code 1e3 is the string \"1e3\""
seen "one code by itself, in a slice and in a map" 'main.Code of "1e3": 1000 number, an error false
[]main.Code of "1e3": ["1e3"] array, an error false
map[string]main.Code of "1e3": {"code": "1e3"} object, an error false
main.Code of "true": true boolean, an error false
[]main.Code of "true": ["true"] array, an error false
map[string]main.Code of "true": {"code": "true"} object, an error false
main.Code of "null": null null, an error false
[]main.Code of "null": ["null"] array, an error false
map[string]main.Code of "null": {"code": "null"} object, an error false
main.Code of "on":  , an error true
[]main.Code of "on": ["on"] array, an error false
map[string]main.Code of "on": {"code": "on"} object, an error false' "$(./program)"
matters "a setting that is stored by itself works in all tests with numbers and words of JSON, changes its type (1e3 comes back as 1000), is
          null where it said null, and fails with the first other word. A string for jsonb goes through json.Marshal first"
