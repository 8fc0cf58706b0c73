#!/usr/bin/env bash
# OpenSSH: LocalCommand runs for the connection of a ControlMaster, and for none of the sessions over it.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
remove() {
	ssh -F client -S master -O exit server 2>/dev/null
	kill "$(cat server.pid)"
}

ssh_server
printf '%s\n' 'PermitLocalCommand yes' "LocalCommand echo %n >>$dir/ran" >>client
ran() { wc -l <ran; }

guess "LocalCommand runs after each ssh that has reached the server, as the manual says"
ssh -F client -S none server true
ssh -F client -S none server true
seen "two commands, each with its own connection" 2 "$(ran)"
rm ran
ssh -F client -M -S master -f -N server </dev/null >/dev/null 2>&1
seen "a ControlMaster" 1 "$(ran)"
ssh -F client -S master server true
ssh -F client -S master server true
seen "two commands over it" 1 "$(ran)"
matters "what a LocalCommand notes, mounts or colours happens or not by whether a connection was open, which ControlMaster auto decides;
          PermitLocalCommand is in force both times"
