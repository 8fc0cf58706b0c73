#!/usr/bin/env bash
# Vitest: an error outside a test ends the run with 1; the JUnit report has no failure and no error, and the JSON one says success.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
cat >late.test.js <<'JS'
import { test } from 'vitest'
test('stores the order', async () => {
  setTimeout(() => { throw new Error('the order was not stored') }, 0)
  await new Promise((done) => setTimeout(done, 50))
})
JS
echo '{"type": "module"}' >package.json

npm install --no-audit --no-fund --silent vitest@4.1.12 >npm.log 2>&1 || { tail -n 15 npm.log >&2; exit 1; }
version "vitest@4.1.12 from npm, node $(node --version)"
guess "a run that fails has a failure or an error in its report, and success is false"
code=0
npx --no-install vitest run --reporter=default --reporter=junit --reporter=json --outputFile.junit=junit.xml --outputFile.json=out.json >log 2>&1 || code=$?
seen "the exit code, and what the terminal shows" 'exit 1: Errors 1 error' "exit $code: $(sed 's/\x1b\[[0-9;]*m//g' log | grep -o 'Errors  *[0-9]* error' | tr -s ' ')"
seen "the JUnit report: its counts, and lines with a failure, an error or the message" 'tests="1" failures="0" errors="0"
0' "$(grep -o '<testsuites .*errors="[0-9]*"' junit.xml | grep -o 'tests=.*')
$(grep -cE '<failure|<error|not stored' junit.xml || true)"
seen "the JSON report" 'success true, failed tests 0, failed suites 0, names the error: false' "$(node -p "
const text = require('fs').readFileSync('out.json', 'utf8'), r = JSON.parse(text)
'success ' + r.success + ', failed tests ' + r.numFailedTests + ', failed suites ' + r.numFailedTestSuites + ', names the error: ' + text.includes('not stored')")"
matters "a rejected promise that nobody awaits fails the job in CI, and the report that is uploaded has nothing but green tests: the reason is in
          the log alone, and what decides by the report, by success too, lets it pass"
