#!/usr/bin/env bash
# OpenSSH: through a ControlMaster a lost connection is exit 255 without a word, and so is a remote command that a signal ended.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
remove() {
	ssh -F client -S master -O exit server 2>/dev/null
	kill "$(cat server.pid)"
}

# shellcheck disable=SC2016 # the remote shell expands it
echoes='echo $PPID started; read -r _'
# run SOCKET COMMAND starts a remote command whose stdin stays open, and waits for its first line.
run() {
	: >out
	mkfifo stdin
	ssh -F client -S "$1" server "$2" <stdin >out 2>err &
	command=$!
	exec 8>stdin
	rm stdin
	until grep -q started out; do sleep 0.1; done
}
# ended waits for it, and prints its exit code and all that it wrote to stderr.
ended() {
	local code=0
	wait "$command" || code=$?
	exec 8>&-
	echo "exit $code [$(tr -d '\r' <err)]" >ended
}
# session is the server's process of the connection.
session() { pgrep -P "$(cat server.pid)" | tail -n 1; }
# one COMMAND runs it without a master.
one() {
	local code=0
	ssh -F client -S none server "$1" </dev/null 2>err || code=$?
	echo "exit $code [$(tr -d '\r' <err)]"
}

ssh_server
guess "a lost connection is 255 with a message on stderr; a remote command ended by SIGKILL is 137, by SIGTERM 143, as in a shell"
run none "$echoes"
kill -9 "$(session)"
ended
seen "no master, the connection is cut" "exit 255 [Connection to 127.0.0.1 closed by remote host.]" "$(cat ended)"
ssh -F client -M -S master -f -N server </dev/null >/dev/null 2>&1
run master "$echoes"
kill -9 "$(session)"
ended
seen "by a master, the connection is cut" "exit 255 []" "$(cat ended)"
ssh -F client -M -S master -f -N server </dev/null >/dev/null 2>&1
run master "$echoes"
kill -9 "$(ssh -F client -S master -O check server 2>&1 | tr -cd 0-9)"
ended
seen "by a master, which is killed" "exit 255 []" "$(cat ended)"
# shellcheck disable=SC2016 # the remote shell expands it
seen "the remote command gets SIGKILL" "exit 255 []" "$(one 'kill -9 $$')"
# shellcheck disable=SC2016 # likewise
seen "the remote command gets SIGTERM" "exit 255 []" "$(one 'kill $$')"
matters "a migration that the kernel killed for its memory and a cable that was pulled look the same, and both look like ssh's own
          refusal: a command has to report its own end on a stream, and no such report means that nobody knows"
