#!/usr/bin/env bash
# Docker CLI: with DOCKER_HOST and DOCKER_CONTEXT set DOCKER_HOST is used, without a word; the reference says that DOCKER_CONTEXT overrides it.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
unset "${!DOCKER_@}"
export DOCKER_CONFIG=$dir/config
name=staging
meta=config/contexts/meta/$(printf %s "$name" | sha256sum | cut -d ' ' -f 1)
mkdir -p "$meta"
printf '{"Name":"%s","Metadata":{},"Endpoints":{"docker":{"Host":"tcp://staging.example:2376","SkipTLSVerify":false}}}' "$name" >"$meta/meta.json"
cat >main.go <<'GO'
package main

import (
	"fmt"
	"os"

	"github.com/docker/cli/cli/command"
	"github.com/docker/cli/cli/flags"
)

// It sets a CLI up as cmd/docker does, with --context of its argument, and prints where its commands go.
func main() {
	options := flags.NewClientOptions()
	if len(os.Args) > 1 {
		options.Context = os.Args[1]
	}
	cli, err := command.NewDockerCli()
	if err != nil {
		panic(err)
	}
	if err := cli.Initialize(options); err != nil {
		panic(err)
	}
	fmt.Println(cli.CurrentContext(), cli.DockerEndpoint().Host)
}
GO

go_build github.com/docker/cli@v29.7.2+incompatible
reference=$(go list -m -f '{{.Dir}}' github.com/docker/cli)/docs/reference/commandline/docker.md
guess "DOCKER_CONTEXT wins, as the reference of this version says"
seen "the reference, of DOCKER_CONTEXT" "overrides \`DOCKER_HOST\` env var" "$(grep 'DOCKER_CONTEXT' "$reference" | grep -o 'overrides .DOCKER_HOST. env var')"
seen "DOCKER_CONTEXT=staging" "staging tcp://staging.example:2376" "$(DOCKER_CONTEXT=staging ./program 2>&1)"
seen "DOCKER_CONTEXT=staging with DOCKER_HOST=tcp://local.example:2375" "default tcp://local.example:2375" \
	"$(DOCKER_HOST=tcp://local.example:2375 DOCKER_CONTEXT=staging ./program 2>&1)"
seen "--context staging with that DOCKER_HOST" "staging tcp://staging.example:2376" "$(DOCKER_HOST=tcp://local.example:2375 ./program staging 2>&1)"
matters "DOCKER_CONTEXT=staging docker compose down, in a shell whose profile or whose CI job sets DOCKER_HOST, goes to that other engine;
          --context is what wins"
