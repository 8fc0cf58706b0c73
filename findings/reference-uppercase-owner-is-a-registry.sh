#!/usr/bin/env bash
# distribution/reference: `Acme/api` is not refused for its capital, it is the image api of a registry called Acme.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

cat >main.go <<'GO'
package main

import (
	"fmt"

	"github.com/distribution/reference"
	"github.com/google/go-containerregistry/pkg/name"
)

func main() {
	for _, text := range []string{"acme/api:1", "Acme/api:1", "acme/Api:1", "Api:1"} {
		fmt.Printf("%-10s docker: %s, crane: %s\n", text, docker(text), crane(text))
	}
}

func docker(text string) string {
	named, err := reference.ParseNormalizedNamed(text)
	if err != nil {
		return "refused"
	}
	return reference.Domain(named) + " has " + reference.Path(named)
}

func crane(text string) string {
	ref, err := name.ParseReference(text)
	if err != nil {
		return "refused"
	}
	return ref.Context().RegistryStr() + " has " + ref.Context().RepositoryStr()
}
GO

go_build github.com/distribution/reference@v0.6.0 github.com/google/go-containerregistry@v0.22.1
guess "one rule: a repository is lowercase, all of the last three are refused, by both libraries"
seen "registry and repository" "acme/api:1 docker: docker.io has acme/api, crane: index.docker.io has acme/api
Acme/api:1 docker: Acme has api, crane: refused
acme/Api:1 docker: refused, crane: refused
Api:1      docker: refused, crane: refused" "$(./program)"
matters "a name from GITHUB_REPOSITORY (Acme/api) builds and tags without a complaint, and the push or pull asks a host named Acme in
          the local domain; what checks names with crane's library calls the same name invalid"
