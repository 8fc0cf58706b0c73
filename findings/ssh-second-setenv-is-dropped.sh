#!/usr/bin/env bash
# OpenSSH: of several SetEnv lines, in a file or by -o, the first is used and the rest dropped without a word; SendEnv adds up.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
remove() { kill "$(cat server.pid)"; }

ssh_server
# given OPTION… runs a command, and prints the variables that it has there.
given() { ssh -F client "$@" server 'env | grep ^FINDING_ | sort | tr "\n" " "' </dev/null; }

guess "each SetEnv sets its variable, as each SendEnv sends its own"
seen "-o SetEnv=FINDING_A=1 -o SetEnv=FINDING_B=2" "FINDING_A=1 " "$(given -o SetEnv=FINDING_A=1 -o SetEnv=FINDING_B=2)"
seen "-o SetEnv='FINDING_A=1 FINDING_B=2'" "FINDING_A=1 FINDING_B=2 " "$(given -o 'SetEnv=FINDING_A=1 FINDING_B=2')"
export FINDING_A=1 FINDING_B=2
seen "-o SendEnv=FINDING_A -o SendEnv=FINDING_B" "FINDING_A=1 FINDING_B=2 " "$(given -o SendEnv=FINDING_A -o SendEnv=FINDING_B)"
unset FINDING_A FINDING_B
printf '%s\n' 'Host *' 'SetEnv FINDING_SITE=all' >>client
seen "a SetEnv of 'Host *' in the file" "FINDING_SITE=all " "$(given)"
seen "with -o SetEnv=FINDING_A=1 beside it" "FINDING_A=1 " "$(given -o SetEnv=FINDING_A=1)"
matters "a script that adds one variable to a remote command takes those away that the user's own file sets, or has its second one dropped,
          and the command runs with less than it was given, exit 0"
