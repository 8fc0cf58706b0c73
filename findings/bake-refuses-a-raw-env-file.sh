#!/usr/bin/env bash
# `env_file: {format: raw}` is Compose's alone: buildx bake and compose-go refuse the file.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

cat >compose.yaml <<'YAML'
name: raw
services:
  app:
    build: .
    env_file: [{path: app.env, format: raw}]
YAML
# shellcheck disable=SC2016 # it is the value
echo 'FINDING="$5"' >app.env
mkdir library
cat >library/main.go <<'GO'
package main

import (
	"context"
	"fmt"

	"github.com/compose-spec/compose-go/v2/cli"
)

func main() {
	options, err := cli.NewProjectOptions([]string{"../compose.yaml"})
	if err != nil {
		panic(err)
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(*project.Services["app"].Environment["FINDING"])
}
GO

version "$(compose version), buildx $(buildx version)"
guess "the specification has raw, so what reads a Compose file has it"
# shellcheck disable=SC2016 # it is the value
seen "docker compose config" 'FINDING: '"'"'"$$5"'"'" "$(compose config | grep FINDING | sed 's/^ *//')"
seen "docker buildx bake --print" 'ERROR: unsupported env_file format "raw"' "$(buildx bake --print 2>&1 | tail -n 1)"
cd library
go_build github.com/compose-spec/compose-go/v2@v2.16.1
seen "compose-go" 'unsupported env_file format "raw"' "$(./program)"
matters "a value with $ or quotes, which raw is there for, takes bake away from the whole file, though no build has to do with it; and a
          program on compose-go has to register the format itself, with a parser of its own, as the Compose CLI does"
