#!/usr/bin/env bash
# OpenSSH: SetEnv and SendEnv of a command that goes through a ControlMaster are dropped without a word, unless the master's own SendEnv names the variable.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
remove() { kill "$(cat server.pid)"; }

# given SOCKET OPTION… runs a command by way of that master, and prints the variable that it has there, and the exit code.
given() {
	ssh -F client -S "$@" server 'echo "[$FINDING_NAME]"' </dev/null 2>&1
	echo "exit $?"
}
# master OPTION… starts one; end ends it.
master() { ssh -F client -M -S master -f -N "$@" server </dev/null >/dev/null 2>&1; }
end() { ssh -F client -S master -O exit server 2>/dev/null; }

ssh_server
guess "the options of the command that is run decide its environment: [command] each time, as without a master"
export FINDING_NAME=command
seen "without a master: -o SetEnv=FINDING_NAME=command" $'[command]\nexit 0' "$(given none -o SetEnv=FINDING_NAME=command)"
seen "without a master: -o SendEnv=FINDING_NAME" $'[command]\nexit 0' "$(given none -o SendEnv=FINDING_NAME)"
master
seen "by a plain master: -o SetEnv=FINDING_NAME=command" $'[]\nexit 0' "$(given master -o SetEnv=FINDING_NAME=command)"
seen "by a plain master: -o SendEnv=FINDING_NAME" $'[]\nexit 0' "$(given master -o SendEnv=FINDING_NAME)"
end
master -o SetEnv=FINDING_NAME=master
seen "by a master with SetEnv=FINDING_NAME=master: -o SetEnv=FINDING_NAME=command" $'[master]\nexit 0' "$(given master -o SetEnv=FINDING_NAME=command)"
end
master -o SendEnv=FINDING_NAME
seen "by a master with SendEnv=FINDING_NAME: -o SetEnv=FINDING_NAME=command" $'[command]\nexit 0' "$(given master -o SetEnv=FINDING_NAME=command)"
end
matters "a release, a token or a locale that is handed to a remote command this way arrives when a developer tries it, and is empty, or
          that of another run, as soon as a connection is shared; the master has to be started with SendEnv of every name"
