#!/usr/bin/env bash
# OpenSSH: `scp -r` leaves a symbolic link to a directory out and fails, which scp -O follows; sftp -r leaves out all links, exit 0.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
remove() { kill "$(cat server.pid)"; }

ssh_server
kill "$(cat server.pid)"
while [ -e server.pid ]; do sleep 0.1; done
echo 'Subsystem sftp internal-sftp' >>sshd_config
"$(command -v sshd)" -f sshd_config -E server.log
until (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do sleep 0.1; done

mkdir -p app/releases/7
echo new >app/releases/7/version
ln -s releases/7 app/current
ln -s releases/7/version app/version
parts='releases
releases/7
releases/7/version'
# copy DIRECTORY COMMAND… runs it, and prints its exit code, and what is in the copy that it made, links followed.
copy() {
	local code=0 made=$1
	shift
	rm -rf "$made"
	"$@" >/dev/null 2>said || code=$?
	echo "exit $code"
	(cd "$made" && find -L . -mindepth 1 | sed 's|^./||' | sort)
}
said() { tr -d '\r' <said | sed "s|$dir/||g" | grep . | sort; }
guess "as scp(1) says: \"scp follows symbolic links encountered in the tree traversal\""
seen "scp -r server:app got" "exit 1
$parts
version" "$(copy got scp -q -F client -r "server:$dir/app" got)"
seen "what it says" 'scp: Download of file app/current to got/current failed
scp: download app/current: not a regular file' "$(said)"
seen "scp -r app server:put" "exit 1
$parts
version" "$(copy put scp -q -F client -r app "server:$dir/put")"
seen "scp -O -r server:app got, by the protocol that was the default up to 8.9" "exit 0
current
current/version
$parts
version" "$(copy got scp -O -q -F client -r "server:$dir/app" got)"
sftp_get() { sftp -F client -b - server <<<"get -r $dir/app $dir/got"; }
seen "sftp -b: get -r app got, which does not follow links, says its manual" "exit 0
$parts" "$(copy got sftp_get)"
matters "a script that fetched an application's directory, with its link to the current release, fails after an upgrade of OpenSSH, or has a copy
          without it where the exit code is not looked at; and what is written anew for sftp is told nothing by its exit code either"
