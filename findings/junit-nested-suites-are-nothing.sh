#!/usr/bin/env bash
# test-results-parser: of JUnit suites within a suite, as PHPUnit writes them, no test is read: a failed run is SKIP with 0 tests.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

cat >report.xml <<'XML'
<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="all" tests="2" failures="1" errors="0" skipped="0" time="0.2">
    <testsuite name="orders" tests="2" failures="1" errors="0" skipped="0" time="0.2">
      <testcase classname="orders" name="a" time="0.1"/>
      <testcase classname="orders" name="b" time="0.1"><failure message="3 is not 4" type="Assertion">orders.php:7</failure></testcase>
    </testsuite>
  </testsuite>
</testsuites>
XML

cat >read.mjs <<'JS'
import fs from 'node:fs'
import parser from 'test-results-parser'
const read = parser.parse({ type: 'junit', files: ['report.xml'] })
console.log(`test-results-parser: ${read.status}, ${read.total} tests, ${read.failed} failed, ${read.suites.length} suites`)
const { tests, failed } = JSON.parse(fs.readFileSync('ctrf.json')).results.summary
console.log(`junit-to-ctrf: ${tests} tests, ${failed} failed`)
JS

readers=(test-results-parser@0.4.6 junit-to-ctrf@0.0.14)
npm install --no-audit --no-fund --silent "${readers[@]}" >npm.log 2>&1 || { tail -n 15 npm.log >&2; exit 1; }
version "${readers[*]} from npm, node $(node --version)"
guess "two tests, one of them failed: suites nest in PHPUnit's and many others' reports, and the outer one has the sums in its attributes"
npx --no-install junit-to-ctrf report.xml -o ctrf.json >said 2>&1
seen "a suite of one suite of two tests" 'test-results-parser: SKIP, 0 tests, 0 failed, 0 suites
junit-to-ctrf: 2 tests, 1 failed' "$(node read.mjs)"
matters "what posts results to a chat or a dashboard by it (testbeats) says that nothing ran where a test has failed; a writer whose report
          all are to read puts every suite right below testsuites, and the sums there too"
