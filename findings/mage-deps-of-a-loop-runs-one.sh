#!/usr/bin/env bash
# Mage: mg.Deps of a function literal in a loop, or of the same method of several values, runs the first and calls the rest done.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

cat >main.go <<'GO'
package main

import (
	"fmt"

	"github.com/magefile/mage/mg"
)

func build(service string) error {
	fmt.Print(" ", service)
	return nil
}

type image struct{ service string }

func (i image) Build() error { return build(i.service) }

func main() {
	services := []string{"api", "worker", "web"}
	fmt.Print("literals:")
	for _, service := range services {
		mg.Deps(func() error { return build(service) })
	}
	fmt.Print("\nmethods:")
	for _, service := range services {
		mg.Deps(image{service}.Build)
	}
	fmt.Print("\nmg.F:")
	for _, service := range services {
		mg.Deps(mg.F(build, service))
	}
	fmt.Println()
}
GO

go_build github.com/magefile/mage@v1.17.2
guess "a function value is what is run once: three of them are three runs"
seen "what is built of api, worker and web" 'literals: api
methods: api
mg.F: api worker web' "$(./program)"
matters "mg.Deps tells functions apart by the name that the runtime has for their code, which is one for all values of a literal: two of
          three images are not built, not pushed or not stopped, the exit code is 0, and -v does not say so either. mg.F with arguments is what loops need"
