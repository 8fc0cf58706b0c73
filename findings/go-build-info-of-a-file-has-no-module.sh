#!/usr/bin/env bash
# go build: with main.go for an argument the build info has no revision, -trimpath takes -ldflags out of it, and a missing README is vcs.modified.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
mkdir -p source/app
cd source
cat >app/go.mod <<'MOD'
module example.com/app

go 1.26
MOD
cat >app/main.go <<'GO'
package main

var version = "dev"

func main() { println(version) }
GO
echo 'What the services are.' >README.md
git init -q -b main
git add .
git -c user.name=finding -c user.email=finding@example.com commit -q -m first
# info ARGUMENT… builds the module, and prints what the program says of where it is from.
info() {
	(
		cd app
		go build -buildvcs=true -o "$dir/program" "$@"
	)
	go version -m "$dir/program" | awk '$1 == "path" {print "path", $2} $1 == "build" && /ldflags|vcs.revision|vcs.modified/ {sub(/^\tbuild\t/, ""); sub(/revision=.*/, "revision"); print}'
}

version "$(go version)"
guess "the build info tells of the same source the same: path, revision, whether a source was changed, and the flags"
seen "go build ." $'path example.com/app\nvcs.revision\nvcs.modified=false' "$(info .)"
seen "go build main.go" 'path command-line-arguments' "$(info main.go)"
seen "go build -ldflags '-X main.version=1' ." $'path example.com/app\n-ldflags="-X main.version=1"\nvcs.revision\nvcs.modified=false' "$(info -ldflags '-X main.version=1' .)"
seen "with -trimpath" $'path example.com/app\nvcs.revision\nvcs.modified=false' "$(info -trimpath -ldflags '-X main.version=1' .)"
rm README.md
seen "go build . without the README.md beside the module" $'path example.com/app\nvcs.revision\nvcs.modified=true' "$(info .)"
matters "a bill of materials or a check of a release that is read off the program has no commit for go build main.go, and no way to tell what -X set
          beside -trimpath; an image whose .dockerignore leaves the README out, and not .git, is always of modified sources"
