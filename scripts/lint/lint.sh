#!/usr/bin/env bash
# Runs golangci-lint over the repository: scripts/lint/lint.sh [-C MODULE] [ARGUMENT…], or with one of its own
# commands: scripts/lint/lint.sh fmt. The version is that of go.mod beside this file, a module of its
# own because the linter's two hundred dependencies are none of the project's. It is compiled once,
# from the Go module proxy, into the same cache as the lab's tools.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here
readonly cache=${XDG_CACHE_HOME:-${HOME:?set HOME or XDG_CACHE_HOME}/.cache}/spellbook/tools
readonly module=github.com/golangci/golangci-lint/v2

main() {
	local version binary
	version=$(awk -v m="$module" '$1 == m { print $2; exit }' "$here/go.mod")
	binary=$cache/golangci-lint-$version
	[ -x "$binary" ] || build "$binary" "$version"
	cd "$here/../.."
	local config=$PWD/.golangci.yml
	if [ "${1:-}" = -C ]; then # a module of its own below the root, with what it requires itself
		cd "$2"
		export GOWORK=off
		shift 2
	fi
	case ${1:-} in
	run | fmt | config | linters | formatters | cache | help | version | migrate) exec "$binary" "$@" ;;
	esac
	# Several runs in one tree only wait for each other's cache entries; the linter would refuse them.
	exec "$binary" run --config "$config" --allow-parallel-runners "$@"
}

# build compiles under a lock, so that two first runs do not compile the same thing twice. The file
# appears whole or not at all.
build() {
	local binary=$1 version=$2
	command -v go >/dev/null || { echo 'lint: Go is needed: https://go.dev/dl' >&2 && exit 3; }
	mkdir -p "$cache"
	if command -v flock >/dev/null; then
		exec 9>"$cache/.lock-golangci-lint"
		flock 9
	fi
	if [ ! -x "$binary" ]; then
		echo "lint: building ${binary##*/} from the Go module proxy (a few minutes, once)" >&2
		(unset GOOS GOARCH GOFLAGS && cd "$here" && GOWORK=off CGO_ENABLED=0 go build -buildvcs=false -trimpath \
			-ldflags "-s -w -X main.version=$version" -o "$binary.$$" "$module/cmd/golangci-lint")
		mv "$binary.$$" "$binary"
	fi
	if [ -e /dev/fd/9 ]; then exec 9>&-; fi
}

main "$@"
