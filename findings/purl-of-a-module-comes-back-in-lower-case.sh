#!/usr/bin/env bash
# packageurl-go: `ToString` keeps the capitals of a Go module, `FromString` does not: the two are different packages.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

cat >main.go <<'GO'
package main

import (
	"fmt"
	"path"

	"github.com/package-url/packageurl-go"
)

func main() {
	for _, p := range []*packageurl.PackageURL{
		packageurl.NewPackageURL("golang", "github.com/BurntSushi", "toml", "v1.5.0", nil, ""),
		packageurl.NewPackageURL("npm", "", "JSONStream", "1.3.5", nil, ""),
	} {
		written := p.ToString()
		read, err := packageurl.FromString(written)
		if err != nil {
			panic(err)
		}
		fmt.Println(written, "reads as", path.Join(read.Namespace, read.Name)+", is written as it was:", read.ToString() == written)
	}
}
GO

go_build github.com/package-url/packageurl-go@v0.1.7
guess "ToString returns a canonical string, so that what is read of it is written the same: the paths of Go modules keep their capitals"
seen "a Go module and an npm package" 'pkg:golang/github.com/BurntSushi/toml@v1.5.0 reads as github.com/burntsushi/toml, is written as it was: false
pkg:npm/JSONStream@1.3.5 reads as JSONStream, is written as it was: true' "$(./program)"
mkdir module
cd module
go mod init finding >/dev/null 2>&1
seen "go get of the module that was read" 'go: github.com/burntsushi/toml@v1.5.0 requires github.com/burntsushi/toml@v1.5.0: parsing go.mod:
	module declares its path as: github.com/BurntSushi/toml
	        but was required as: github.com/burntsushi/toml' "$(go get github.com/burntsushi/toml@v1.5.0 2>&1 | grep -v '^go: downloading' || true)"
matters "what one tool writes into an SBOM and another has read once are two packages to who compares the strings, as advisories and
          licences are looked up, and no build has the module that it names. Comparisons have to go through FromString, or Normalize, on both sides"
