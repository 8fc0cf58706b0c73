#!/usr/bin/env bash
# OpenSSH: `sftp get -r` and `put -r` leave symbolic links out, to files and to directories, exit 0; scp -r fails at one to a directory.
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
whole='current
current/version
releases
releases/7
releases/7/version
version'
# copied DIRECTORY prints what is in a copy, links followed.
copied() { (cd "$1" && find -L . -mindepth 1 | sed 's|^./||' | sort); }
# batch LINE runs sftp with it, and prints the exit code and what it says on stderr.
batch() {
	local code=0
	sftp -F client -b - server <<<"$1" >/dev/null 2>said || code=$?
	echo "exit $code"
	tr -d "\r" <said | sed "s|$dir/||" | sort
}
guess "a recursive copy has the links, or what they lead to, as scp -r always had; or it fails"
seen "sftp -b: get -r app" 'exit 0
download "app/current": not a regular file
download "app/version": not a regular file' "$(batch "get -r $dir/app $dir/got")"
seen "what it has copied" $'releases\nreleases/7\nreleases/7/version' "$(copied got)"
seen "sftp -b: put -r app" 'exit 0
current: not a regular file
version: not a regular file' "$(batch "put -r app $dir/put")"
seen "what it has copied" $'releases\nreleases/7\nreleases/7/version' "$(copied put)"
# scp_copies OPTION… prints its exit code, and what it has copied.
scp_copies() {
	local code=0
	rm -rf scp
	scp -q -F client -r "$@" "server:$dir/app" scp 2>/dev/null || code=$?
	echo "exit $code"
	copied scp
}
seen "scp -r, which uses the same protocol" $'exit 1\nreleases\nreleases/7\nreleases/7/version\nversion' "$(scp_copies)"
seen "scp -O -r, which does not" "exit 0
$whole" "$(scp_copies -O)"
matters "a copy of an application's directory by sftp is without its current release, a backup without what was moved to a larger disk and
          linked; the lines on stderr, which -q takes away, are all that tells"
