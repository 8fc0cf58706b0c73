#!/usr/bin/env bash
# go mod tidy for the modules of this tree; with -diff it changes nothing, shows what it would, and fails if that is something.
#
# Tidy does not know go.work: it would ask the proxy for the version of plugins/sdk that the root requires, which is not
# there before it is released, and is not this tree's afterwards. So the root is tidied as a copy of its go.mod that
# replaces the SDK by its directory. The two lines of the SDK in go.sum belong to the released version: a release writes
# them (CONTRIBUTING.md), and they are left as they are here.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly sdk=github.com/infinitescribe/spellbook/plugins/sdk
scratch=$(mktemp -d)
readonly scratch
trap 'rm -rf "$scratch"' EXIT

main() {
	case $* in '' | -diff) ;; *) echo 'usage: scripts/tidy.sh [-diff]' >&2 && exit 2 ;; esac
	local module status=0
	go -C plugins/sdk mod tidy "$@" || status=1
	root "$@" || status=1
	for module in apps/backend test/testdata/foreign; do
		go -C "$module" mod tidy "$@" || status=1
	done
	return $status
}

root() {
	cp go.mod "$scratch/go.mod"
	go mod edit -replace="$sdk=./plugins/sdk" "$scratch/go.mod"
	grep -v "^$sdk " go.sum >"$scratch/go.sum"
	go mod tidy -modfile="$scratch/go.mod" "$@" || return
	[ $# -eq 0 ] || return 0
	go mod edit -dropreplace="$sdk" "$scratch/go.mod"
	cp "$scratch/go.mod" go.mod
	LC_ALL=C awk -v sdk="$sdk" 'NR == FNR { if ($1 == sdk) kept = kept $0 "\n"; next }
		$1 > sdk { printf "%s", kept; kept = "" } { print } END { printf "%s", kept }' go.sum "$scratch/go.sum" >"$scratch/merged"
	cp "$scratch/merged" go.sum
}

main "$@"
