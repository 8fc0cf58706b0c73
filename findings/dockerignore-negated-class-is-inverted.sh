#!/usr/bin/env bash
# .dockerignore: `[!a].env` ignores a.env and keeps b.env, the opposite of what .gitignore does with that line.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
debian git=git

cat >main.go <<'GO'
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

func main() {
	patterns, _ := ignorefile.ReadAll(strings.NewReader(os.Args[1]))
	matcher, err := patternmatcher.New(patterns)
	if err != nil {
		panic(err)
	}
	for _, file := range os.Args[2:] {
		if ignored, err := matcher.MatchesOrParentMatches(file); ignored || err != nil {
			fmt.Println(file)
		}
	}
}
GO

go_build github.com/moby/patternmatcher@v0.6.1
version "$(git --version)"
guess "glob's two spellings, [!a] and [^a], mean the same to both tools: every file of one letter but a"
git init --quiet repository
# ignored PATTERN prints what Docker and what Git ignores of three files.
ignored() {
	echo "docker: $(./program "$1" a.env b.env '!.env' | tr '\n' ' ')"
	echo "$1" >repository/.gitignore
	echo "git: $(git -C repository check-ignore a.env b.env '!.env' | tr '\n' ' ')"
}
seen "[^a].env" $'docker: b.env !.env \ngit: b.env !.env ' "$(ignored '[^a].env')"
seen "[!a].env" $'docker: a.env !.env \ngit: b.env !.env ' "$(ignored '[!a].env')"
matters "a line that is copied from .gitignore to keep everybody's env files but one out of the image sends all of them and holds
          back that one; nothing reports it, as a pattern that matches is a good pattern"
