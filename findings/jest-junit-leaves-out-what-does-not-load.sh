#!/usr/bin/env bash
# jest-junit: a test file that cannot be loaded is not in the report, which has no failure and no error beside Jest's exit 1.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
mkdir tests
echo "test('adds', () => {})" >tests/good.test.js
printf "require('./gone')\ntest('subtracts', () => {})\n" >tests/bad.test.js
echo '{"jest": {"rootDir": "tests"}}' >package.json

packages=(jest@30.5.2 jest-junit@17.0.0)
npm install --no-audit --no-fund --silent "${packages[@]}" >npm.log 2>&1 || { tail -n 15 npm.log >&2; exit 1; }
version "${packages[*]} from npm, node $(node --version)"
# run [NAME=VALUE] prints Jest's exit code and summary, and of the report the counts and whether it names the file.
run() {
	local code=0
	env "$@" npx --no-install jest --ci --reporters=default --reporters=jest-junit >log 2>&1 || code=$?
	echo "exit $code, $(grep '^Test Suites:' log)"
	grep -o '<testsuites .*errors="[0-9]*"' junit.xml
	if grep -q bad.test.js junit.xml; then echo 'names bad.test.js'; else echo 'does not name bad.test.js'; fi
}
guess "the report has an error for bad.test.js, as Jest counts a failed suite, and as gotestsum and pytest write one for what does not load"
seen "a file with a test that passes, and one that requires a module which is not there" 'exit 1, Test Suites: 1 failed, 1 passed, 2 total
<testsuites name="jest tests" tests="1" failures="0" errors="0"
does not name bad.test.js' "$(run)"
seen "with JEST_JUNIT_REPORT_TEST_SUITE_ERRORS=true" 'exit 1, Test Suites: 1 failed, 1 passed, 2 total
<testsuites name="jest tests" tests="1" failures="0" errors="1"
names bad.test.js' "$(run JEST_JUNIT_REPORT_TEST_SUITE_ERRORS=true)"
matters "what shows or merges reports is green for a run whose tests were not read, as after a renamed module; the exit code must be kept
          beside the file, or reportTestSuiteErrors set"
