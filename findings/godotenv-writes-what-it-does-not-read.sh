#!/usr/bin/env bash
# godotenv.Write changes values that look like numbers, and escapes ! and ` in a way that Compose reads as a backslash.
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
	for _, value := range []string{"0049", "+4930123", "plain", "a$b", "wow!", "a`b"} {
		text, err := godotenv.Marshal(map[string]string{"V": value})
		own, err2 := godotenv.Unmarshal(text)
		theirs, err3 := compose.UnmarshalWithLookup(text, nil)
		fmt.Println(value, "written", text, "godotenv", own["V"], "compose", theirs["V"], err, err2, err3)
	}
}
GO

go_build github.com/joho/godotenv@v1.5.1 github.com/compose-spec/compose-go/v2@v2.16.2
guess "what a library writes it reads back, and a file that it writes with quotes is the same to Compose"
# shellcheck disable=SC2016
seen "value, the line written, what godotenv and what Compose's parser read" '0049 written V=49 godotenv 49 compose 49 <nil> <nil> <nil>
+4930123 written V=4930123 godotenv 4930123 compose 4930123 <nil> <nil> <nil>
plain written V="plain" godotenv plain compose plain <nil> <nil> <nil>
a$b written V="a\$b" godotenv a$b compose a$b <nil> <nil> <nil>
wow! written V="wow\!" godotenv wow! compose wow\! <nil> <nil> <nil>
a`b written V="a\`b" godotenv a`b compose a\`b <nil> <nil> <nil>' "$(./program)"
matters "PINs, account numbers and generated passwords of digits lose their zeros, and a password with ! is another one in the
          container than in the program that wrote the file: both fail only at a login"
