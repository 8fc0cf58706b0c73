#!/usr/bin/env bash
# godotenv: of two files `Load` takes the first and `Read` the last, and `${NAME}` is only what the same file has.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
printf 'LEVEL=debug\nROOT=/srv/app\n' >.env.local
# shellcheck disable=SC2016
printf 'LEVEL=info\nLOGS=${ROOT}/logs\nCACHE=${FINDING_HOME}/cache\n' >.env
cat >main.go <<'GO'
package main

import (
	"fmt"
	"os"

	"github.com/joho/godotenv"
)

func main() {
	os.Setenv("FINDING_HOME", "/home/jane")
	read, err := godotenv.Read(".env.local", ".env")
	if err != nil {
		panic(err)
	}
	if err := godotenv.Load(".env.local", ".env"); err != nil {
		panic(err)
	}
	fmt.Println("LEVEL by Load, by Read:", os.Getenv("LEVEL"), read["LEVEL"])
	fmt.Println("LOGS:", os.Getenv("LOGS"))
	fmt.Println("CACHE:", os.Getenv("CACHE"))
}
GO

go_build github.com/joho/godotenv@v1.5.1
guess "both give the same values, with those of the file before and of the environment in the place of their names, as Compose does"
seen 'Load and Read of (".env.local", ".env"), with FINDING_HOME=/home/jane in the environment' 'LEVEL by Load, by Read: debug info
LOGS: /logs
CACHE: /cache' "$(./program)"
matters "a test that checks by Read what the program gets by Load checks another value; a directory that is put together becomes one at /,
          without an error. Overload and Read take the files in the other order than Load"
