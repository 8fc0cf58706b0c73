#!/usr/bin/env bash
# OpenSSH: with `ControlPath ~/.ssh/%C` two hosts of the same address behind different gateways are one: the command runs on the wrong one.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
debian nc=netcat-openbsd
remove() {
	ssh -F client -O exit one 2>/dev/null
	kill "$(cat server.pid)" "$(cat second.pid)"
}

ssh_server
second=$((port + 10000))
sed -e "s/:$port/:$second/" -e "s/server.pid/second.pid/" sshd_config >second_config
"$(command -v sshd)" -f second_config -E second.log
until (: <"/dev/tcp/127.0.0.1/$second") 2>/dev/null; do sleep 0.1; done
echo "10.0.0.5 $(cat key.pub)" >>known
cat >client <<CLIENT
Host *
  User $(id -un)
  IdentityFile $dir/key
  IdentitiesOnly yes
  UserKnownHostsFile $dir/known
  BatchMode yes
  HostName 10.0.0.5
  ControlMaster auto
  ControlPath $dir/%C
  ControlPersist 60
Host one
  ProxyCommand nc 127.0.0.1 $port
Host two
  ProxyCommand nc 127.0.0.1 $second
CLIENT
where() { ssh -F client "$@" 'echo ${SSH_CONNECTION##* }' 2>&1 | sed "s/$port/the first/; s/$second/the second/"; }

guess "%C stands for the connection, and how it is made belongs to it"
seen "ssh one" "the first" "$(where one)"
seen "ssh two" "the first" "$(where two)"
seen "ssh -S none two" "the second" "$(where -S none two)"
matters "two customers' networks have the same addresses behind two gateways, and the second deployment goes where the first went; host
          keys do not tell, as no connection is made that would ask. %n in the ControlPath keeps them apart"
