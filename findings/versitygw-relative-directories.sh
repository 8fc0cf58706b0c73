#!/usr/bin/env bash
# versitygw: with relative names a --versioning-dir beside the data directory is refused, since it were inside of it.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

version "versitygw v1.8.0 ($(go env GOVERSION))"
CGO_ENABLED=0 GOBIN=$dir go install github.com/versity/versitygw/cmd/versitygw@v1.8.0 >go.log 2>&1 || { tail -n 15 go.log >&2; exit 1; }
mkdir buckets versions
guess "both start (time-out, 124): buckets and versions are two directories side by side, however they are named"
# begin NAMES prints how it ends within two seconds, without the time and the directory.
begin() {
	local code=0
	ROOT_ACCESS_KEY_ID=finding ROOT_SECRET_ACCESS_KEY=findings timeout 2 ./versitygw --port "127.0.0.1:$((20000 + RANDOM % 10000))" --quiet \
		posix --versioning-dir "$1" "$2" >log 2>&1 || code=$?
	printf '%s\n' "$code $(sed -E "s/^[0-9/]+ [0-9:]+ //; s#$dir/##g" log | tail -n 1)"
}
seen "with absolute, then with relative names" '124 terminating signal caught, shutting down
1 failed to init posix backend: the root directory buckets contains the directory versions' "$(begin "$dir/versions" "$dir/buckets"; begin versions buckets)"
matters "a command line that works in a shell for the data directory alone is refused with versions, and for a reason that is not so"
