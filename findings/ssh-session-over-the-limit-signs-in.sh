#!/usr/bin/env bash
# OpenSSH: a session beyond those that the server opens is no failure: the client signs in anew, after a message on stderr.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
remove() {
	ssh -F client -S master -O exit server 2>/dev/null
	kill "$(cat server.pid)"
}

ssh_server
kill "$(cat server.pid)"
while (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do sleep 0.1; done
echo 'MaxSessions 1' >>sshd_config
"$(command -v sshd)" -f sshd_config -E server.log
until (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do sleep 0.1; done

# shellcheck disable=SC2016 # the remote shell expands it
from='set -- $SSH_CONNECTION; echo $2' # the client's port: what tells connections apart
# one ARGUMENT… runs that through the master, and prints which connection it had, its exit code and what ssh says.
one() {
	local code=0 had
	had=$(ssh -F client -S master -o ControlMaster=no "$@" server "$from" 2>err </dev/null) || code=$?
	[ "$had" = "$(cat first)" ] && had="the master's" || had="another"
	echo "$had, exit $code [$(tr -d '\r' <err | tr '\n' '|')]"
}

guess "with MaxSessions 1 a second command through a ControlMaster fails: it asked for that connection and no other"
ssh -F client -M -S master server "$from; sleep 600" </dev/null >first 2>/dev/null &
until [ -s first ]; do sleep 0.1; done
seen "a command beside the master's own" \
	"another, exit 0 [mux_client_request_session: session request failed: Session open refused by peer|]" \
	"$(one)"
seen "the same with -q" "another, exit 0 []" "$(one -q)"
matters "what is thought to be one connection becomes one for each command beyond the limit: another password, another touch of a key,
          another place among MaxStartups; and where stderr is what tells a failure, one is seen where all went well"
