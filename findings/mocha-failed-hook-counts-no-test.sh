#!/usr/bin/env bash
# Mocha: a `before` that fails takes the tests below it out of every count; the xunit report has tests="0" failures="0" skipped="-1".
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
cat >orders.js <<'JS'
describe('orders', () => {
  before(() => { throw new Error('no database') })
  it('stores', () => {})
  it('lists', () => {})
  it('deletes', () => {})
})
describe('prices', () => it('adds', () => {}))
JS
echo '{}' >package.json

npm install --no-audit --no-fund --silent mocha@12.0.3 >npm.log 2>&1 || { tail -n 15 npm.log >&2; exit 1; }
version "mocha@12.0.3 from npm, node $(node --version)"
# run REPORTER writes its report to a file of that name, and prints Mocha's exit code.
run() { local code=0; npx --no-install mocha --reporter "$1" orders.js >"$1.out" 2>&1 || code=$?; echo "exit $code"; }

guess "four tests: three failed, in error or skipped, and one passed, as JUnit, pytest and Jest count them"
seen "--reporter xunit: attributes, testcases" 'exit 1
tests="1" failures="0" errors="1" skipped="-1"
classname="orders" name="before all hook for stores"
classname="prices" name="adds"' "$(run xunit
	grep -o 'tests=.* skipped="[^"]*"' xunit.out
	grep -o 'classname="[^"]*" name="[^"]*"' xunit.out | sed 's/&#x22;//g')"
seen "--reporter json: counts, all of its tests" 'exit 1
tests 1, passes 1, pending 0, failures 1; adds' "$(run json
	node -p "
const { stats, tests } = JSON.parse(require('fs').readFileSync('json.out', 'utf8'))
'tests ' + stats.tests + ', passes ' + stats.passes + ', pending ' + stats.pending + ', failures ' + stats.failures + '; ' + tests.map((t) => t.title)")"
matters "what compares the tests of two runs sees tests deleted, not failed, a quota of passed tests is 1 of 1, and a sum over reports
          goes down by a skipped test that is less than none; the hook's failure is what to look for"
