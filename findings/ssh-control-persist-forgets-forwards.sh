#!/usr/bin/env bash
# OpenSSH: a ControlMaster of ControlPersist=2 ends two seconds after its last session, with the forwards that -O forward gave it.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
remove() {
	ssh -F client -S master -O exit server 2>/dev/null
	kill "$(cat server.pid)"
}

debian socat=socat
ssh_server
check() { ssh -F client -S master -O check server 2>&1 | sed 's/ (pid.*//' | tr -d '\r'; }
ended() { ! kill -0 "$master" 2>/dev/null; }

guess "a connection that has a forward to serve is not idle"
ssh -F client -S master -o ControlMaster=auto -o ControlPersist=2 server true
seen "-O forward -L" "exit 0" "$(ssh -F client -S master -O forward -L "$dir/forward:127.0.0.1:$port" server && echo "exit $?")"
seen "-O check" "Master running" "$(check)"
master=$(ssh -F client -S master -O check server 2>&1 | tr -cd 0-9) # asking again would put its end off
patiently ended
seen "-O check some seconds later" "Control socket connect(master): No such file or directory" "$(check)"
seen "the forward" refused "$(socat -u /dev/null "UNIX:$dir/forward" 2>/dev/null && echo accepted || echo refused)"
matters "a tunnel that is opened through the user's own connection, with ControlPersist of minutes in ssh_config, ends while nobody uses it,
          without a word; a forward that is to stay needs a session beside it, or a master of its own (-N -M)"
