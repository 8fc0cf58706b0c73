#!/usr/bin/env bash
# YAML: `mode: 0440` of a Compose file is decimal 440 for npm yaml and js-yaml, which is 0670.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
printf 'secrets: [{source: password, mode: 0440}]\n' >compose.yaml
cat >main.go <<'GO'
package main

import (
	"fmt"
	"os"

	goccy "github.com/goccy/go-yaml"
	v3 "gopkg.in/yaml.v3"
)

func main() {
	file, err := os.ReadFile("compose.yaml")
	if err != nil {
		panic(err)
	}
	for _, read := range []func([]byte, any) error{v3.Unmarshal, func(b []byte, v any) error { return goccy.Unmarshal(b, v) }} {
		var got struct{ Secrets []struct{ Mode uint32 } }
		if err := read(file, &got); err != nil {
			panic(err)
		}
		fmt.Printf("%#o\n", got.Secrets[0].Mode)
	}
}
GO
cat >read.js <<'JS'
const fs = require('fs');
const file = fs.readFileSync('compose.yaml', 'utf8');
for (const read of [require('yaml').parse, require('js-yaml').load]) {
  const {mode} = read(file).secrets[0];
  fs.writeFileSync('secret', '', {mode: 0o600});
  fs.chmodSync('secret', mode);
  console.log(mode, '0' + (fs.statSync('secret').mode & 0o777).toString(8));
}
console.log('0o440:', ...[require('yaml').parse, require('js-yaml').load].map((read) => read('0o440').toString(8)));
console.log('written again:', require('yaml').stringify({mode: 0o440}).trim());
JS

go_build github.com/goccy/go-yaml@v1.19.2 gopkg.in/yaml.v3@v3.0.1
npm install --silent --no-audit --no-fund yaml@2.9.1 js-yaml@5.5.0 >npm.log 2>&1 || { tail -n 15 npm.log >&2; exit 1; }
version "npm yaml 2.9.1, js-yaml 5.5.0 (Node $(node --version))"
guess "0440 is the mode r--r----- for whoever reads the file, as for Compose"
seen "by Go's yaml.v3 and goccy/go-yaml" $'0440\n0440' "$(./program)"
seen "by npm yaml and js-yaml, and the mode of a file that gets it" '440 0670
440 0670
0o440: 440 440
written again: mode: 288' "$(node read.js)"
matters "a tool in Node that lays a secret out as the Compose file says gives its group the right to write; 0o440 is octal for both"
