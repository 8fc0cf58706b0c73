#!/usr/bin/env bash
# gotestsum v1.13: --rerun-fails is green where a test ended the process and those after it have never run.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

GOBIN=$dir GOWORK=off go install gotest.tools/gotestsum@v1.13.0 >go.log 2>&1 || { tail -n 15 go.log >&2; exit 1; }
version "gotestsum $(./gotestsum --version), $(go env GOVERSION)"
mkdir module
cd module
cat >go.mod <<'END'
module example

go 1.24
END
# the first test loses its server once; the second is never right.
cat >a_test.go <<'GO'
package example

import (
	"log"
	"os"
	"testing"
)

func TestConnect(t *testing.T) {
	if _, err := os.Stat("tried"); err != nil {
		os.WriteFile("tried", nil, 0o600)
		log.Fatal("no connection")
	}
}

func TestMigrate(t *testing.T) { t.Fatal("the migration is wrong") }
GO
guess "a package whose process ended early is run again as a whole, or the run stays red: gotestsum looks for panics for this reason"
code=0
../gotestsum --rerun-fails --packages=. --format=testname --no-color --junitfile=../report.xml >../said 2>&1 || code=$?
seen "exit code, and the tests of the JUnit report" 'exit 0
TestConnect
TestConnect' "exit $code
$(grep -o 'testcase [^>]*' ../report.xml | grep -o ' name="[^"]*' | cut -d '"' -f 2)"
code=0
go test . >/dev/null 2>&1 || code=$?
seen "go test, run once more" "exit 1" "exit $code"
matters "log.Fatal or os.Exit in one flaky test hides all tests after it in its package, and the rerun, which names the one that failed,
          makes the build green; --rerun-fails-abort-on-data-race and the search for panics do not meet it"
