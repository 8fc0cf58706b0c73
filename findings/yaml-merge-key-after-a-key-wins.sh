#!/usr/bin/env bash
# YAML: `<<` below a key overwrites it for sigs.k8s.io/yaml and goccy/go-yaml, and for npm yaml and js-yaml it is a key called `<<`.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
cat >compose.yaml <<'YAML'
x-base: &base {image: base, user: base}
x-other: &other {image: other}
first:
  <<: *base
  image: own
last:
  image: own
  <<: *base
list:
  <<: [*other, *base]
YAML
cat >main.go <<'GO'
package main

import (
	"fmt"
	"os"

	goccy "github.com/goccy/go-yaml"
	v3 "gopkg.in/yaml.v3"
	sigs "sigs.k8s.io/yaml"
)

func main() {
	file, err := os.ReadFile("compose.yaml")
	if err != nil {
		panic(err)
	}
	show := func(library string, read func(any) error) {
		var got map[string]any
		if err := read(&got); err != nil {
			panic(err)
		}
		image := func(name string) any { return got[name].(map[string]any)["image"] }
		fmt.Println(library, image("first"), image("last"), image("list"))
	}
	show("yaml.v3", func(v any) error { return v3.Unmarshal(file, v) })
	show("sigs.k8s.io", func(v any) error { return sigs.Unmarshal(file, v) })
	show("goccy", func(v any) error { return goccy.Unmarshal(file, v) })
}
GO
cat >read.js <<'JS'
const file = require('fs').readFileSync('compose.yaml', 'utf8');
for (const [library, read] of [['yaml', require('yaml').parse], ['js-yaml', require('js-yaml').load]]) {
  const {first, last, list} = read(file);
  console.log(library, first.image, last.image, list.image);
}
JS

go_build github.com/goccy/go-yaml@v1.19.2 gopkg.in/yaml.v3@v3.0.1 sigs.k8s.io/yaml@v1.6.0
npm install --silent --no-audit --no-fund yaml@2.9.1 js-yaml@5.5.0 >npm.log 2>&1 || { tail -n 15 npm.log >&2; exit 1; }
version "npm yaml 2.9.1, js-yaml 5.5.0 (Node $(node --version))"
guess "a key of the mapping's own wins wherever << stands, and of several the first in the list, as its definition says and Compose does"
seen "image of {<<: *base, image: own}, of {image: own, <<: *base}, of {<<: [*other, *base]} by Go" 'yaml.v3 own own other
sigs.k8s.io own base other
goccy own base base' "$(./program)"
seen "by npm" 'yaml own own undefined
js-yaml own own undefined' "$(node read.js)"
matters "a checker or generator that reads a Compose file by another library sees another image, user or set of variables than Compose
          starts; << goes at the top of a mapping, one at a time, and npm yaml needs {merge: true}"
