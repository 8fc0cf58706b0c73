#!/usr/bin/env bash
# Four readers of JUnit XML count a suite that says errors="1" and has no testcase as nothing: the run is green.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

cat >report.xml <<'XML'
<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="build" tests="0" failures="0" errors="1" time="0.1"><system-err>./a.go:3:1: syntax error</system-err></testsuite>
  <testsuite name="unit" tests="1" failures="0" errors="0" time="0.1"><testcase classname="unit" name="a" time="0.1"/></testsuite>
</testsuites>
XML

cat >main.go <<'GO'
package main

import (
	"fmt"

	"github.com/joshdk/go-junit"
)

func main() {
	suites, err := junit.IngestFile("report.xml")
	if err != nil {
		panic(err)
	}
	var sum junit.Totals
	for _, suite := range suites {
		sum.Tests, sum.Passed, sum.Failed, sum.Error = sum.Tests+suite.Totals.Tests, sum.Passed+suite.Totals.Passed, sum.Failed+suite.Totals.Failed, sum.Error+suite.Totals.Error
	}
	fmt.Printf("go-junit: %d tests, %d passed, %d failed, %d errors\n", sum.Tests, sum.Passed, sum.Failed, sum.Error)
}
GO

cat >read.mjs <<'JS'
import fs from 'node:fs'
import parser from 'test-results-parser'
const read = parser.parse({ type: 'junit', files: ['report.xml'] })
console.log(`test-results-parser: ${read.status}, ${read.total} tests, ${read.passed} passed, ${read.failed} failed, ${read.errors} errors`)
const { tests, passed, failed } = JSON.parse(fs.readFileSync('ctrf.json')).results.summary
console.log(`junit-to-ctrf: ${tests} tests, ${passed} passed, ${failed} failed`)
JS

go_build github.com/joshdk/go-junit@v1.0.0
readers=(test-results-parser@0.4.6 junit-to-ctrf@0.0.14 xunit-viewer@10.6.1)
npm install --no-audit --no-fund --silent "${readers[@]}" >npm.log 2>&1 || { tail -n 15 npm.log >&2; exit 1; }
version "${readers[*]} from npm, node $(node --version)"
guess "one error: the attribute is what the schema of Ant and Jenkins has for it"
npx --no-install junit-to-ctrf report.xml -o ctrf.json >said 2>&1
npx --no-install xunit-viewer -r report.xml -c --no-color >viewer 2>&1
seen "a suite with an error and no testcase beside one with a test that passed" 'go-junit: 1 tests, 1 passed, 0 failed, 0 errors
test-results-parser: PASS, 1 tests, 1 passed, 0 failed, 0 errors
junit-to-ctrf: 1 tests, 1 passed, 0 failed
xunit-viewer: 1 passed' "$(./program; node read.mjs; echo "xunit-viewer: $(grep -E '^[0-9]+ ' viewer)")"
matters "a build that failed, a set-up of a whole suite, a process that died: what has no test of its own to blame has to be written as a
          testcase that failed, or dashboards and gates that read the report say that all passed"
