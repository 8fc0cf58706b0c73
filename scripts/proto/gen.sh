#!/usr/bin/env bash
# The contract of the plugins, plugins/sdk/proto:
#
#   scripts/proto/gen.sh generate   makes plugins/sdk/pluginv1 of it
#   scripts/proto/gen.sh check      fails where the generated files are not those of the contract
#   scripts/proto/gen.sh breaking   fails where the contract breaks plugins that are there already,
#                                   compared with plugins/sdk/proto/baseline.json
#   scripts/proto/gen.sh lint       holds it to buf's rules
#   scripts/proto/gen.sh baseline   makes what is there now the contract that later ones must not break
#
# PROTO_DIR names another directory with a contract, for tests. The tools' versions are those of
# go.mod beside this file, a module of its own because none of their dependencies are the project's.
# They are compiled once, from the Go module proxy, into the same cache as the lab's tools.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
readonly here root
readonly proto=${PROTO_DIR:-$root/plugins/sdk/proto}
readonly cache=${XDG_CACHE_HOME:-${HOME:?set HOME or XDG_CACHE_HOME}/.cache}/spellbook/tools

# Where none of the tools looks for one of its own.
tools=$cache/proto-$(cksum <"$here/go.sum" | cut -d' ' -f1)
readonly tools

main() {
	case ${1:-} in
	generate | check | breaking | lint | baseline) ;;
	*) echo 'usage: scripts/proto/gen.sh generate|check|breaking|lint|baseline' >&2 && exit 2 ;;
	esac
	[ -x "$tools/buf" ] || build
	PATH=$tools:$PATH
	"$1"
}

generate() {
	(cd "$proto" && buf generate --output "${1:-$proto}")
}

# check generates into an empty directory beside no other file, and compares.
check() {
	scratch=$(mktemp -d) # not local: the trap comes after the function
	trap 'rm -rf "$scratch"' EXIT
	mkdir "$scratch/proto"
	generate "$scratch/proto"
	local file
	for file in "$scratch"/pluginv1/*.go; do
		diff -u "$root/plugins/sdk/pluginv1/${file##*/}" "$file" ||
			{ echo 'proto: plugins/sdk/pluginv1 is not what the contract makes: run scripts/proto/gen.sh generate' >&2 && exit 1; }
	done
}

breaking() {
	(cd "$proto" && buf breaking --against "$root/plugins/sdk/proto/baseline.json") ||
		{ echo 'proto: the contract breaks plugins that are there already: only add to it, or make a new version of its package' >&2 && exit 1; }
}

lint() { (cd "$proto" && buf lint); }

baseline() { (cd "$proto" && buf build -o baseline.json); }

# build compiles under a lock, so that two first runs do not compile the same thing twice. The
# directory appears whole or not at all.
build() {
	command -v go >/dev/null || { echo 'proto: Go is needed: https://go.dev/dl' >&2 && exit 3; }
	mkdir -p "$cache"
	if command -v flock >/dev/null; then
		exec 9>"$cache/.lock-proto"
		flock 9
	fi
	if [ ! -x "$tools/buf" ]; then
		echo 'proto: building buf and its plugins from the Go module proxy (a few minutes, once)' >&2
		local scratch=$tools.$$
		mkdir "$scratch"
		(unset GOOS GOARCH GOFLAGS && cd "$here" && GOWORK=off CGO_ENABLED=0 GOBIN='' go build -buildvcs=false -trimpath \
			-ldflags '-s -w' -o "$scratch/" tool)
		rm -rf "$tools"
		mv "$scratch" "$tools"
	fi
	if [ -e /dev/fd/9 ]; then exec 9>&-; fi
}

main "$@"
