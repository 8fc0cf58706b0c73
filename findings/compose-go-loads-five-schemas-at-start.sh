#!/usr/bin/env bash
# compose-go: a program that imports its loader compiles five drafts of JSON Schema before main, whether it loads a file or not.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

cat >main.go <<'GO'
package main

import _ "github.com/compose-spec/compose-go/v2/loader"

func main() {}
GO
go mod init finding 2>/dev/null
go get github.com/compose-spec/compose-go/v2@v2.16.2 github.com/santhosh-tekuri/jsonschema/v6@v6.0.3 2>/dev/null
go mod tidy 2>/dev/null
go build -o program .

version "compose-go v2.16.2, jsonschema v6.0.3, $(go env GOVERSION)"
guess "a library compiles a schema when it is asked for one; what is imported and not called costs a start next to nothing"

GODEBUG=inittrace=1 ./program 2>trace
most=$(awk '/^init / { for (i = 1; i < NF; i++) if ($(i+1) == "allocs") print $i, $2 }' trace | sort -rn | head -1)
all=$(awk '/^init / { for (i = 1; i < NF; i++) if ($(i+1) == "allocs") n += $i } END { print n }' trace)
share=$((100 * ${most%% *} / all))
printf '          (%s of %s allocations)\n' "${most%% *}" "$all"
seen "the package whose init makes most allocations, whether they are more than 15,000, and more than half of all" \
	"github.com/santhosh-tekuri/jsonschema/v6 yes yes" \
	"${most#* } $([ "${most%% *}" -gt 15000 ] && echo yes || echo no) $([ "$share" -gt 50 ] && echo yes || echo no)"
matters "it is some milliseconds of every start, of --help too: a third of the bare start of a tool that reads Compose files; only leaving the loader out of the program takes it away"
