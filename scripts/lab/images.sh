#!/usr/bin/env bash
# Builds the lab's images: those that are named (base postgres redis neo4j service), or all of them.
# An image carries a hash of what it was built from, and is left alone while that is the same.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
readonly here root
readonly mark=io.spellbook.lab            # says that an image is the lab's
readonly inputs=io.spellbook.lab.inputs   # the hash of what it was built from

declare -A tags=(
	[base]=lab/base:bookworm
	[postgres]=lab/postgres:15
	[redis]=lab/redis:7.0
	[neo4j]=lab/neo4j:5
	[service]=lab/service:1
	[service2]=lab/service:2 # the same binary under another label: a changed image
)
declare -A sources=(
	[base]="scripts/lab/images/base"
	[postgres]="scripts/lab/images/postgres"
	[redis]="scripts/lab/images/redis"
	[neo4j]="scripts/lab/images/neo4j scripts/lab/neo4j"
	[service]="scripts/lab/images/service test/fixture/service"
	[service2]="scripts/lab/images/service test/fixture/service"
)
declare -A present=() # tag → hash, of the images that are there

main() {
	local wanted=() name
	case "$*" in
	'') wanted=(postgres redis neo4j service service2) ;;
	base) ;;
	*)
		for name in "$@"; do
			[ -n "${tags[$name]:-}" ] || fail "there is no lab image \"$name\": choose from ${!tags[*]}" 2
			[ "$name" = base ] || wanted+=("$name")
		done
		;;
	esac
	look
	# Several builds at once share the machine well: one waits for a download while another compiles.
	needs_base "${wanted[@]}" && build base build_base
	local jobs=()
	for name in "${wanted[@]}"; do
		build "$name" "build_${name%2}" &
		jobs+=($!)
	done
	local job failed=0
	for job in "${jobs[@]}"; do wait "$job" || failed=1; done
	forget_replaced
	return $failed
}

# look asks the engine once about all images.
look() {
	local tag hash
	while read -r tag hash; do
		[ -z "$tag" ] || present[$tag]=$hash
	done < <(docker image inspect "${tags[@]}" 2>/dev/null \
		--format "{{\$hash := index .Config.Labels \"$inputs\"}}{{range .RepoTags}}{{println . \$hash}}{{end}}")
}

needs_base() {
	local name
	[ $# -gt 0 ] || return 0
	for name in "$@"; do
		case $name in service*) ;; *) return 0 ;; esac
	done
	return 1
}

# build NAME FUNCTION runs FUNCTION NAME TAG LABEL… when the image is missing or outdated.
build() {
	local name=$1 function=$2 tag=${tags[$1]} hash log
	hash=$(hash_of "$name")
	[ "${present[$tag]:-}" != "$hash" ] || return 0
	[ "$name" != base ] || "$here/install.sh" --lab
	say "building $tag"
	log=$(mktemp)
	if ! "$function" "$name" "$tag" "$mark=1" "$inputs=$hash" >"$log" 2>&1; then
		tail -n 25 "$log" >&2
		rm -f "$log"
		fail "building $tag"
	fi
	rm -f "$log"
}

# forget_replaced removes the lab's images that lost their tag to a newer one.
forget_replaced() {
	docker image prune --force --filter "label=$mark=1" >/dev/null
}

# hash_of covers the files an image is built from, and the image it is built on.
hash_of() {
	local name=$1 directories
	read -ra directories <<<"${sources[$name]}"
	{
		(cd "$root" && find "${directories[@]}" -type f ! -name '*_test.go' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum)
		case $name in
		base) cat /etc/ssl/certs/ca-certificates.crt 2>/dev/null || true ;;
		service*) echo "$name" ;;
		*) hash_of base ;;
		esac
	} | sha256sum | cut -c1-16
}

build_base() { as_root "$here/images/base/build.sh" "${@:2}"; }
build_postgres() { build_directory "$here/images/$1" "${@:2}"; }
build_redis() { build_directory "$here/images/$1" "${@:2}"; }
build_neo4j() { build_program "$here/images/neo4j" ./scripts/lab/neo4j neo4j "${@:2}"; }
build_service() { build_program "$here/images/service" ./test/fixture/service service "${@:2}"; }

# build_directory CONTEXT TAG LABEL…
build_directory() {
	local context=$1 tag=$2 label labels=()
	for label in "${@:3}"; do labels+=(--label "$label"); done
	# The package lists behind an apt-get change while the Dockerfile does not: no cache.
	DOCKER_BUILDKIT=1 docker build --no-cache --progress=plain --tag "$tag" "${labels[@]}" "$context"
}

# build_program CONTEXT PACKAGE BINARY TAG LABEL… compiles a package into a copy of the context.
build_program() {
	local context package=$2 binary=$3 status=0
	context=$(mktemp -d)
	cp "$1/Dockerfile" "$context/"
	(cd "$root" && GOWORK=off CGO_ENABLED=0 go build -buildvcs=false -trimpath -ldflags '-s -w' -o "$context/$binary" "$package") &&
		build_directory "$context" "${@:4}" || status=$?
	rm -rf "$context"
	return $status
}

main "$@"
