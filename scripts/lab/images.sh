#!/usr/bin/env bash
# Builds the lab's images: those that are named (base postgres redis neo4j service …), those of the
# plugins (plugins), those that image builds start from (build), a newer engine (engine), those of deployments
# (deploy), or without a name all that the core stack and the tests of it need.
# An image carries a hash of what it was built from, and is left alone while that is the same.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
readonly here root
readonly engine=docker.io,iptables,procps # the packages of a newer engine, which runs ps for docker top
readonly mark=io.spellbook.lab            # says that an image is the lab's
readonly inputs=io.spellbook.lab.inputs   # the hash of what it was built from

declare -A tags=(
	[base]=lab/base:bookworm
	[postgres]=lab/postgres:15
	[redis]=lab/redis:7.0
	[neo4j]=lab/neo4j:5
	[service]=lab/service:1
	[etcd]=lab/etcd:3.4
	[s3]=lab/s3:1
	[kafka]=lab/kafka:1
	[milvus]=lab/milvus:1
	[prefect]=lab/prefect:1
	[maildev]=lab/maildev:1
	[golang]=lab/golang:1.26
	[static]=lab/static:nonroot
	[engine]=lab/engine:26
	[engine29]=lab/engine:29
	[python]=lab/python:3.11
	[haproxy]=lab/haproxy:2.6
	[devserver]=lab/devserver:20.10
	[devserver26]=lab/devserver:26
	[devserver386]=lab/devserver:386
	[haproxy386]=lab/haproxy:386
	[service2]=lab/service:2 # the same binary under another label: a changed image
)
declare -A sources=(
	[base]="scripts/lab/images/base"
	[postgres]="scripts/lab/images/postgres"
	[redis]="scripts/lab/images/redis"
	[neo4j]="scripts/lab/images/neo4j scripts/lab/neo4j"
	[etcd]="scripts/lab/images/etcd"
	[s3]="scripts/lab/images/s3 scripts/lab/tools/versitygw"
	[kafka]="scripts/lab/images/kafka scripts/lab/kafka"
	[milvus]="scripts/lab/images/milvus scripts/lab/milvus"
	[prefect]="scripts/lab/images/prefect scripts/lab/prefect"
	[maildev]="scripts/lab/images/maildev scripts/lab/maildev"
	[golang]="scripts/lab/images/golang"
	[static]="scripts/lab/images/static"
	[python]="scripts/lab/images/python"
	[engine]="scripts/lab/images/base"
	[engine29]="scripts/lab/images/engine29 scripts/lab/tools/engine"
	[haproxy]="scripts/lab/images/haproxy"
	[devserver]="scripts/lab/images/devserver"
	[devserver26]="scripts/lab/images/devserver"
	[devserver386]="scripts/lab/images/devserver386"
	[haproxy386]="scripts/lab/images/haproxy scripts/lab/images/haproxy386"
	[service]="scripts/lab/images/service test/fixture/service"
	[service2]="scripts/lab/images/service test/fixture/service"
)
declare -A present=() # tag → hash, of the images that are there

main() {
	local wanted=() name
	case "$*" in
	'') wanted=(postgres redis neo4j service service2) ;;
	base) ;;
	plugins) wanted=(etcd s3 kafka milvus prefect maildev) ;;
	build) wanted=(golang static python) ;;
	deploy) wanted=(haproxy haproxy386 devserver devserver26 devserver386) ;;
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
	case " ${wanted[*]} " in *' devserver26 '* | *' engine29 '*) build engine build_engine ;; esac
	case " ${wanted[*]} " in *' devserver386 '*) build devserver build_devserver ;; esac
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
		case $name in service* | engine* | devserver26) ;; *) return 0 ;; esac
	done
	return 1
}

# build NAME FUNCTION runs FUNCTION NAME TAG LABEL… when the image is missing or outdated.
build() {
	local name=$1 function=$2 tag=${tags[$1]} hash log
	hash=$(hash_of "$name")
	[ "${present[$tag]:-}" != "$hash" ] || return 0
	case $name in base | engine) "$here/install.sh" --lab ;; esac
	say "building $tag"
	log=$(mktemp)
	if ! "$function" "$name" "$tag" "$mark=1" "$inputs=$hash" >"$log" 2>&1; then
		tail -n 25 "$log" >&2
		rm -f "$log"
		fail "building $tag"
	fi
	present[$tag]=$hash
	rm -f "$log"
}

# forget_replaced removes the lab's images that lost their tag to a newer one. One that is committed just now, by a test
# from an image of the lab, has no tag yet.
forget_replaced() {
	docker image prune --force --filter "label=$mark=1" --filter until=10m >/dev/null 2>&1 || : # another may be at it
}

# hash_of covers the files an image is built from, and the image it is built on.
hash_of() {
	local name=$1 directories
	read -ra directories <<<"${sources[$name]}"
	{
		(cd "$root" && find "${directories[@]}" -type f ! -name '*_test.go' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum)
		case $name in
		base) cat /etc/ssl/certs/ca-certificates.crt 2>/dev/null || true ;;
		engine) echo "$name $engine" && hash_of base ;; # the same script and certificates
		service*) echo "$name" ;;
		devserver26 | engine29) hash_of engine ;;
		devserver386) hash_of devserver ;;
		golang) go env GOVERSION GOOS GOARCH && hash_of base ;;
		*) hash_of base ;;
		esac
	} | sha256sum | cut -c1-16
}

build_base() { as_root "$here/images/base/build.sh" "${@:2}"; }
build_engine() { as_root env SUITE=trixie PACKAGES=$engine "$here/images/base/build.sh" "${@:2}"; }
build_postgres() { build_directory "$here/images/$1" "${@:2}"; }
build_redis() { build_directory "$here/images/$1" "${@:2}"; }
build_neo4j() { build_program "$here/images/neo4j" ./scripts/lab/neo4j neo4j "$root" "${@:2}"; }
build_etcd() { build_directory "$here/images/$1" "${@:2}"; }
build_s3() { build_program "$here/images/s3" github.com/versity/versitygw/cmd/versitygw versitygw "$here/tools/versitygw" "${@:2}"; }
build_engine29() { build_from_proxy "$here/images/engine29" "${@:2}"; }
build_kafka() { build_own kafka "${@:2}"; }
build_milvus() { build_own milvus "${@:2}"; }
build_prefect() { build_own prefect "${@:2}"; }
build_maildev() { build_own maildev "${@:2}"; }
build_static() { build_directory "$here/images/$1" "${@:2}"; }
build_python() { build_directory "$here/images/$1" "${@:2}"; }
build_haproxy() { build_directory "$here/images/$1" "${@:2}"; }
build_devserver() { build_server lab/base:bookworm docker.io "${@:2}"; }
build_haproxy386() {
	local arguments=(--platform linux/386 --file "$here/images/haproxy386/Dockerfile")
	build_directory "$here/images/haproxy" "${@:2}"
}
build_devserver386() { build_directory "$here/images/$1" "${@:2}"; }
build_devserver26() { build_server lab/engine:26 docker-cli "${@:2}"; }
build_own() { build_program "$here/images/$1" "./scripts/lab/$1" "lab-$1" "$root" "${@:2}"; }
build_service() { build_program "$here/images/service" ./test/fixture/service service "$root" "${@:2}"; }

# build_directory CONTEXT TAG LABEL… takes what a caller has in arguments besides.
build_directory() {
	local context=$1 tag=$2 label labels=()
	for label in "${@:3}"; do labels+=(--label "$label"); done
	# The package lists behind an apt-get change while the Dockerfile does not: no cache.
	DOCKER_BUILDKIT=1 docker build --no-cache --progress=plain --tag "$tag" "${labels[@]}" ${arguments[@]+"${arguments[@]}"} "$context"
}

# build_server BASE PACKAGES TAG LABEL…
build_server() {
	local arguments=(--build-arg "BASE=$1" --build-arg "PACKAGES=$2")
	build_directory "$here/images/devserver" "${@:3}"
}

# build_golang NAME TAG LABEL… adds what compiles of the machine's Go, which may be read-only, to a copy of the context.
build_golang() {
	local context goroot status=0
	context=$(mktemp -d)
	goroot=$(go env GOROOT)
	cp "$here/images/$1/Dockerfile" "$context"
	mkdir "$context/go"
	(cd "$goroot" && cp -RL --no-preserve=ownership bin lib pkg src go.env VERSION LICENSE "$context/go/") &&
		chmod -R u+w "$context/go" && build_directory "$context" "${@:2}" || status=$?
	rm -rf "$context"
	return $status
}

# build_program CONTEXT PACKAGE BINARY MODULE TAG LABEL… compiles a package of a module into a copy of the context.
build_program() {
	local context package=$2 binary=$3 module=$4 work='' status=0
	context=$(mktemp -d)
	cp -R "$1/." "$context/"
	# The root needs its go.work, a module below it must not see that.
	if [ "$module" != "$root" ]; then work=off; fi
	(cd "$module" && GOWORK=$work CGO_ENABLED=0 go build -buildvcs=false -trimpath -ldflags '-s -w' -o "$context/$binary" "$package") &&
		build_directory "$context" "${@:5}" || status=$?
	rm -rf "$context"
	return $status
}

# build_from_proxy CONTEXT TAG LABEL… compiles an engine, its docker-proxy (engines from 28 on hand it a socket, which Debian's
# refuses: no port is published) and runc, which takes a quarter of an hour and is done once: they are kept in the cache.
# BuildKit asks runc for seccomp whatever the engine is told, so it needs a C library's headers.
build_from_proxy() {
	local context cache=${XDG_CACHE_HOME:-$HOME/.cache}/spellbook/tools moby=github.com/moby/moby/v2 runc=github.com/opencontainers/runc status=0
	local versions
	versions=$(awk -v e="$moby" -v r="$runc" '$1 == e || $1 == r { print $2 }' "$here/tools/engine/go.mod" | tr '\n' ' ')
	read -r moby_version runc_version <<<"$versions"
	pkg-config --exists libseccomp || as_root env DEBIAN_FRONTEND=noninteractive apt-get "${patient[@]}" install -qq -y --no-install-recommends \
		libseccomp-dev pkg-config gcc libc6-dev || return
	compile "$cache/dockerd-$moby_version" 0 "$moby/cmd/dockerd" "$moby/dockerversion.Version=${moby_version#v}" || return
	compile "$cache/docker-proxy-$moby_version" 0 "$moby/cmd/docker-proxy" "$moby/dockerversion.Version=${moby_version#v}" || return
	compile "$cache/runc-$runc_version" 1 "$runc" "main.version=${runc_version#v}" || return
	context=$(mktemp -d)
	cp "$1/Dockerfile" "$context" && cp "$cache/dockerd-$moby_version" "$context/dockerd" && cp "$cache/docker-proxy-$moby_version" "$context/docker-proxy" &&
		cp "$cache/runc-$runc_version" "$context/runc" && build_directory "$context" "${@:2}" || status=$?
	rm -rf "$context"
	return $status
}

# compile BINARY CGO PACKAGE VARIABLE=VERSION makes one of them in scripts/lab/tools/engine, unless it is there.
compile() {
	[ ! -x "$1" ] || return 0
	mkdir -p "$(dirname "$1")"
	(cd "$here/tools/engine" && GOWORK=off CGO_ENABLED=$2 nice go build -buildvcs=false -trimpath -tags exclude_graphdriver_btrfs,seccomp \
		-ldflags "-s -w -X $4" -o "$1.$$" "$3") && mv "$1.$$" "$1"
}

main "$@"
