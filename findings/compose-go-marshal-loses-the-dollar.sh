#!/usr/bin/env bash
# compose-go: a project that was written by MarshalYAML reads back as another one: each $ of a command or value is a variable then.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

cat >compose.yaml <<'YAML'
services:
  web:
    image: example/web
    command: [sh, -c, 'echo $$HOME']
    environment: {PRICE: 'a$$b'}
YAML

cat >main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

func load(file string) *types.Project {
	options, err := cli.NewProjectOptions([]string{file}, cli.WithName("finding"), cli.WithEnv([]string{"HOME=/home/me"}))
	if err != nil {
		panic(err)
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		panic(err)
	}
	fmt.Println(file, project.Services["web"].Command, *project.Services["web"].Environment["PRICE"])
	return project
}

func main() {
	project := load("compose.yaml")
	text, err := project.MarshalYAML()
	if err != nil {
		panic(err)
	}
	if err := os.WriteFile("written.yaml", text, 0o600); err != nil {
		panic(err)
	}
	load("written.yaml")
}
GO

go_build github.com/compose-spec/compose-go/v2@v2.16.2
guess "what MarshalYAML writes is the same project when it is loaded, as the output of docker compose config is"
# shellcheck disable=SC2016
seen "command and variable, of the file and of what was written of it" 'compose.yaml [sh -c echo $HOME] a$b
written.yaml [sh -c echo /home/me] a' "$(./program 2>said)"
# shellcheck disable=SC2016
compose -p finding -f compose.yaml config >config.yaml
# shellcheck disable=SC2016
seen "docker compose config" "      - echo \$\$HOME
      PRICE: a\$\$b" "$(grep -F '$' config.yaml)"
matters "who renders a project in Go, to keep it as a release or to run it elsewhere, changes passwords and commands with a dollar sign, with
          a warning at most; each \$ has to be doubled in the text, as the CLI does, or the file loaded with SkipInterpolation"
