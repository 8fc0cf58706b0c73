#!/usr/bin/env bash
# .env: `abc#def` is `abc` for npm dotenv and `node --env-file`, and `NAME= # note` is the value `# note` for Compose and godotenv.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
printf '%s\n' 'PASSWORD=abc#def' 'COLOR=#00ff00' 'TOKEN= # fill in' 'QUOTED="abc#def"' 'NOTED=abc # note' >.env
cat >main.go <<'GO'
package main

import (
	"fmt"

	compose "github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/joho/godotenv"
)

func main() {
	for _, read := range []func(...string) (map[string]string, error){func(files ...string) (map[string]string, error) { return compose.Read(files...) }, godotenv.Read} {
		values, err := read(".env")
		if err != nil {
			panic(err)
		}
		for _, name := range []string{"PASSWORD", "COLOR", "TOKEN", "QUOTED", "NOTED"} {
			fmt.Printf("[%s]", values[name])
		}
		fmt.Println()
	}
}
GO
cat >read.js <<'JS'
const names = ['PASSWORD', 'COLOR', 'TOKEN', 'QUOTED', 'NOTED']
const show = (values) => console.log(names.map((name) => `[${values[name]}]`).join(''))
show(require('dotenv').parse(require('fs').readFileSync('.env')))
show(process.env)
JS

go_build github.com/compose-spec/compose-go/v2@v2.16.2 github.com/joho/godotenv@v1.5.1
npm install --no-audit --no-fund --silent dotenv@18.0.10 >npm.log 2>&1 || { tail -n 15 npm.log >&2; exit 1; }
version "npm dotenv 18.0.10, Node $(node --version)"
guess "a comment begins with # after white space, for all that read a .env, and is no value"
printf '          | %s\n' "the file:" "$(paste -sd '~' .env | sed 's/~/   /g')"
seen "by compose-go and by godotenv: PASSWORD, COLOR, TOKEN, QUOTED, NOTED" '[abc#def][#00ff00][# fill in][abc#def][abc]
[abc#def][#00ff00][# fill in][abc#def][abc]' "$(./program)"
seen "by npm dotenv and by node --env-file" '[abc][][][abc#def][abc]
[abc][][][abc#def][abc]' "$(env -u PASSWORD -u COLOR -u TOKEN -u QUOTED -u NOTED node --env-file=.env read.js)"
matters "a database that Compose sets up by the .env and a frontend that Node starts by the same file have two passwords, and one that is left
          empty with a note is the note for containers; values with # belong in quotes, notes on a line of their own"
