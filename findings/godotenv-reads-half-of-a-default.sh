#!/usr/bin/env bash
# godotenv reads ${NAME:-default} as the text ":-default}", and a $name in small letters, which Compose replaces, as it is written.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

cat >main.go <<'GO'
package main

import (
	"fmt"

	compose "github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/joho/godotenv"
)

func main() {
	for _, line := range []string{`V=${HOST:-localhost}`, `V="http://${HOST:-localhost}:8080"`, `V=pa$$word`, `V=pa$word1`, `V='pa$word1'`} {
		own, err := godotenv.Unmarshal(line)
		theirs, err2 := compose.UnmarshalWithLookup(line, nil)
		fmt.Println(line, "godotenv", own["V"], "compose", theirs["V"], err, err2)
	}
}
GO

go_build github.com/joho/godotenv@v1.5.1 github.com/compose-spec/compose-go/v2@v2.16.2
guess "Compose's parser is a fork of godotenv: a .env that both read has the same values, and what one cannot read it refuses"
# shellcheck disable=SC2016
seen "the line, what godotenv and what Compose's parser read" 'V=${HOST:-localhost} godotenv :-localhost} compose localhost <nil> <nil>
V="http://${HOST:-localhost}:8080" godotenv http://:-localhost}:8080 compose http://localhost:8080 <nil> <nil>
V=pa$$word godotenv pa$$word compose pa$word <nil> <nil>
V=pa$word1 godotenv pa$word1 compose pa <nil> <nil>
V='"'pa\$word1' godotenv pa\$word1 compose pa\$word1 <nil> <nil>" "$(./program 2>said)"
matters "a service that loads .env by godotenv beside containers that Compose gave the same file has another password and another address,
          without an error on either side; single quotes are read alike"
