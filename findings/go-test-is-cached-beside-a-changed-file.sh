#!/usr/bin/env bash
# go test: a result stays "(cached)" when a file outside the module that the test reads has changed, and a variable that it reads by os.Environ.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
export GOCACHE=$dir/cache
mkdir -p service/testdata
echo 'services: {}' >compose.yaml
cp compose.yaml service/testdata/
cat >service/go.mod <<'MOD'
module service

go 1.26
MOD
cat >service/service_test.go <<'GO'
package service

import (
	"os"
	"os/exec"
	"testing"
)

func TestOutside(t *testing.T) { os.ReadFile("../compose.yaml") }
func TestInside(t *testing.T)  { os.ReadFile("testdata/compose.yaml") }
func TestGetenv(t *testing.T)  { os.Getenv("FINDING_A") }
func TestEnviron(t *testing.T) { os.Environ() }
func TestCommand(t *testing.T) { exec.Command("cat", "testdata/compose.yaml").Run() }
GO
cd service
# again TEST COMMAND… runs a test twice, then the command, and the test again, and prints whether the second and the third were cached.
again() {
	local name=$1 is=()
	shift
	go test -run "^$name\$" . >/dev/null
	for change in : "$*"; do
		eval "$change"
		if go test -run "^$name\$" . | grep -q '(cached)'; then is+=(cached); else is+=(run); fi
	done
	unset FINDING_A
	echo "$name: ${is[*]}"
}

version "$(go version)"
guess "a result is used again while what the test has read is the same: go help test tells of files and variables"
seen "run again, and again after the change: a file outside the module" "TestOutside: cached cached" "$(again TestOutside 'echo changed, all of it >../compose.yaml')"
seen "a file inside the module" "TestInside: cached run" "$(again TestInside 'echo changed, all of it >testdata/compose.yaml')"
seen "FINDING_A by os.Getenv" "TestGetenv: cached run" "$(again TestGetenv 'export FINDING_A=changed')"
seen "FINDING_A by os.Environ" "TestEnviron: cached cached" "$(again TestEnviron 'export FINDING_A=changed')"
seen "a file inside the module, read by a command" "TestCommand: cached cached" "$(again TestCommand 'echo changed again >testdata/compose.yaml')"
matters "in a repository of several modules the tests that read its compose.yaml, its migrations or its .env say ok of what they have not
          seen, as do those of a configuration that is read of os.Environ, which caarls0/env does; -count=1 runs them"
