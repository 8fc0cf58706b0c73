#!/usr/bin/env bash
# redis-cli -e ends with 1 for a command's error, and with 0 where the commands come from standard input.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
debian redis-server=redis-server redis-cli=redis-tools
remove() { redis shutdown nosave 2>/dev/null; }

redis() { redis-cli -s "$dir/socket" "$@"; }
redis-server --port 0 --unixsocket "$dir/socket" --dir "$dir" --save '' --daemonize yes --logfile "$dir/log" >/dev/null
until [ "$(redis ping 2>/dev/null)" = PONG ]; do sleep 0.1; done
# code COMMAND… prints its exit code.
code() {
	local code=0
	"$@" >/dev/null 2>&1 || code=$?
	echo "exit $code"
}
version "$(redis-server --version | cut -d' ' -f1-3)"
guess "-e, 'return exit error code when command execution fails', does so for each command that it executes"
seen "redis-cli -e set name" "exit 1" "$(code redis -e set name)"
seen "redis-cli -e, given 'set name' on its standard input" "exit 0" "$(code redis -e <<<'set name')"
echo 'return redis.call("set", KEYS[1])' >set.lua
seen "redis-cli -e --eval set.lua name" "exit 1" "$(code redis -e --eval set.lua name)"
seen "redis-cli --pipe, given 'set name'" "exit 1" "$(code redis --pipe <<<'set name')"
matters "a file of commands that seeds or migrates a Redis is always a success, with the flag that was added for it;
          --pipe counts the errors and tells"
