#!/usr/bin/env bash
# pytest 7.2: a test that calls os._exit(0) ends the run with exit code 0, without a summary and without the JUnit file; the tests after it never ran.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
command -v pytest-3 >/dev/null || { echo 'this needs Debian'"'"'s python3-pytest' >&2 && exit 3; }
folder

cat >test_shop.py <<'END'
import os

def test_first():
    pass

def test_main_of_a_program():
    os._exit(0)

def test_fails():
    assert False
END
version "$(pytest-3 --version 2>&1)"
guess "the exit code is not 0, as go test fails a test that calls os.Exit(0); the JUnit file has what ran before"
status=0
said=$(pytest-3 -v -p no:cacheprovider --junit-xml=junit.xml) || status=$?
seen "exit code" 0 "$status"
seen "the last line" "test_shop.py::test_main_of_a_program" "$(tail -n 1 <<<"$said" | sed 's/ *$//')"
seen "summary of failures" 0 "$(grep -c 'failed' <<<"$said" || true)"
seen "junit.xml" "none" "$([ -e junit.xml ] && echo there || echo none)"
matters "a pipeline is green though a test failed, or never ran, after one that forks and exits as daemons and multiprocessing do:
          a run counts only with its summary, and a test that was begun and has no end has failed"
