#!/usr/bin/env bash
# Runs a current BuildKit beside the engine's own old one, with a registry that it can pull from:
#
#   scripts/lab/buildkit.sh start DIR [PID]     and prints the variables that docker buildx needs;
#                                               with a PID it all ends when that process does
#   scripts/lab/buildkit.sh publish DIR IMAGE…  pushes the engine's images to the registry
#   scripts/lab/buildkit.sh scanner DIR         builds and pushes lab/scanner:1, which writes SBOMs
#   scripts/lab/buildkit.sh stop DIR            ends both; what start made in DIR goes
#
# DIR is the caller's and short (a socket's path has 107 characters at most). The build cache is kept
# between runs, 2 GB at most; each daemon that runs at the same time has one of its own.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here
readonly cache=${XDG_CACHE_HOME:-${HOME:?set HOME or XDG_CACHE_HOME}/.cache}/spellbook
readonly module=github.com/moby/buildkit
readonly usage='usage: scripts/lab/buildkit.sh start DIR [PID] | publish DIR IMAGE… | scanner DIR | stop DIR'
readonly patience=30 # seconds
dir='' # the caller's, absolute

main() {
	[ $# -ge 2 ] || fail "$usage" 2
	export PATH=$PATH:/usr/sbin:/sbin
	case $1 in
	start) mkdir -p "$2" ;;
	stop) [ -d "$2" ] || return 0 ;; # has been stopped
	*) [ -e "$2/registry.address" ] || fail "nothing runs in $2: scripts/lab/buildkit.sh start $2" ;;
	esac
	dir=$(cd "$2" && pwd)
	case $1 in
	start) start "${3:-}" ;;
	publish) publish "${@:3}" ;;
	scanner) scanner ;;
	stop) stop ;;
	*) fail "$usage" 2 ;;
	esac
}

start() {
	[ "$(id -u)" -eq 0 ] || fail "buildkitd mounts what it builds: run this as root" 3
	require runc runc
	require docker-registry docker-registry
	require unshare util-linux
	require flock util-linux
	if [ -n "$1" ]; then stop_after "$1"; fi # first, so that half a start ends as well
	if ! is_running registry; then start_registry; fi
	if ! is_running buildkitd; then start_buildkitd; fi
	settings
}

require() { command -v "$1" >/dev/null || fail "no $1 here: apt-get install $2" 3; }

# start_registry lets the kernel choose the port, and reads it from the registry's log: a port that
# was looked up beforehand might be taken by then.
start_registry() {
	cat >"$dir/registry.yml" <<-CONF
		version: 0.1
		log: {level: info, accesslog: {disabled: true}}
		storage: {filesystem: {rootdirectory: $dir/registry}, delete: {enabled: true}}
		http: {addr: "127.0.0.1:0"}
	CONF
	setsid docker-registry serve "$dir/registry.yml" >"$dir/registry.log" 2>&1 </dev/null &
	echo $! >"$dir/registry.pid"
	await registry registry_address
	registry_address >"$dir/registry.address"
}

registry_address() { grep -o -m 1 'listening on 127\.0\.0\.1:[0-9]*' "$dir/registry.log" | cut -d' ' -f3; }

start_buildkitd() {
	local version binary
	version=$(awk -v m="$module" '$1 == m { print $2; exit }' "$here/tools/buildkit/go.mod")
	binary=$cache/tools/buildkitd-$version
	build "$binary" "$version"
	own_cache
	configure "$(cat "$dir/cache")"
	# In a mount namespace of its own: whatever it mounts is gone with it, even when it is killed. It
	# inherits the lock on its cache, which is thereby held for as long as it lives.
	setsid unshare --mount --propagation private "$binary" --config "$dir/buildkitd.toml" \
		>"$dir/buildkitd.log" 2>&1 </dev/null &
	echo $! >"$dir/buildkitd.pid"
	exec 9>&-
	create_builder
	await buildkitd builder_answers
}

# own_cache locks the first cache directory that no other daemon uses: two cannot share one.
own_cache() {
	local slot=0
	while :; do
		mkdir -p "$cache/buildkit/$slot"
		exec 9>"$cache/buildkit/$slot.lock"
		if flock --nonblock 9; then break; fi
		slot=$((slot + 1))
	done
	echo "$cache/buildkit/$slot" >"$dir/cache"
}

# configure gives RUN steps the machine's network, so that they reach what it reaches. Registries on
# 127.0.0.1 are spoken to without TLS, which is BuildKit's default.
configure() {
	cat >"$dir/buildkitd.toml" <<-CONF
		root = "$1"
		[grpc]
		  address = ["unix://$dir/buildkitd.sock"]
		[otel]
		  socketPath = "$dir/otel.sock"
		[cdi]
		  disabled = true
		[worker.containerd]
		  enabled = false
		[worker.oci]
		  enabled = true
		  networkMode = "host"
		  gc = true
		  [[worker.oci.gcpolicy]]
		    all = true
		    maxUsedSpace = "2GB"
	CONF
}

# create_builder keeps the builder in a configuration of its own: the user's is not touched.
create_builder() {
	rm -rf "$dir/buildx" # of a daemon that was killed
	BUILDX_CONFIG=$dir/buildx docker buildx create --name lab --driver remote "unix://$dir/buildkitd.sock" >/dev/null
}

builder_answers() { BUILDX_CONFIG=$dir/buildx within 5 docker buildx inspect --bootstrap lab >/dev/null 2>&1; }

# build compiles the daemon once, in a module of its own like the other tools.
build() {
	local binary=$1 version=$2 out
	[ ! -x "$binary" ] || return 0
	require go golang
	mkdir -p "$cache/tools"
	exec 8>"$cache/tools/.lock-buildkitd"
	flock 8
	if [ ! -x "$binary" ]; then
		say "building ${binary##*/} from the Go module proxy (a minute or two)" >&2
		out=$(unset GOOS GOARCH GOFLAGS && cd "$here/tools/buildkit" && GOWORK=off CGO_ENABLED=0 go build -buildvcs=false \
			-trimpath -ldflags "-s -w -X $module/version.Version=$version" -o "$binary.$$" "$module/cmd/buildkitd" 2>&1) ||
			fail "go build buildkitd: $(grep -v '^go: downloading ' <<<"$out" | tail -n 15)"
		mv "$binary.$$" "$binary"
	fi
	exec 8>&-
}

# stop_after leaves a process behind that waits for another to end, however that ends.
stop_after() {
	# shellcheck disable=SC2016 # the inner shell is meant to fill them in
	setsid bash -c 'tail --pid="$1" -f /dev/null; "$2" stop "$3"' _ "$1" "$here/buildkit.sh" "$dir" \
		>/dev/null 2>&1 </dev/null &
}

settings() {
	printf '%s\n' "BUILDX_CONFIG=$dir/buildx" BUILDX_BUILDER=lab "LAB_REGISTRY=$(cat "$dir/registry.address")"
}

publish() {
	local image ref registry
	registry=$(cat "$dir/registry.address")
	for image in "$@"; do
		ref=$registry/$image
		docker tag "$image" "$ref"
		docker push --quiet "$ref" || { docker rmi "$ref" >/dev/null && fail "docker push $ref"; }
		docker rmi "$ref" >/dev/null
	done
}

scanner() {
	local context ref status=0
	ref=$(cat "$dir/registry.address")/lab/scanner:1
	context=$(mktemp -d)
	cp -R "$here/images/scanner/." "$context/"
	(cd "$here/../.." && GOWORK='' CGO_ENABLED=0 go build -buildvcs=false -trimpath -ldflags '-s -w' \
		-o "$context/lab-scanner" ./scripts/lab/scanner) &&
		BUILDX_CONFIG=$dir/buildx docker buildx build --builder lab --quiet --provenance=false \
			--output "type=image,name=$ref,push=true" "$context" >/dev/null || status=$?
	rm -rf "$context"
	echo "$ref"
	return $status
}

stop() {
	end buildkitd
	end registry
	(cd "$dir" && rm -rf registry registry.* buildkitd.* buildx cache otel.sock)
	rmdir "$dir" 2>/dev/null || true # only when nothing of the caller's is in it
}

# end asks a program to end, and ends it when it does not.
end() {
	local pid deadline=$((SECONDS + patience))
	is_running "$1" || return 0
	pid=$(cat "$dir/$1.pid")
	kill "$pid"
	while is_running "$1"; do
		[ $SECONDS -lt $deadline ] || kill -9 "$pid" 2>/dev/null || true
		sleep 0.1
	done
}

# is_running holds when the process that a pid file names was given a file of this directory: a
# number alone may by now belong to anybody.
is_running() {
	local pid
	pid=$(cat "$dir/$1.pid" 2>/dev/null) && grep -q -s -F -- "$dir/$1." "/proc/$pid/cmdline"
}

# await PROGRAM CONDITION ends with the log when the program does.
await() {
	local deadline=$((SECONDS + patience))
	until "$2" >/dev/null 2>&1; do
		if ! kill -0 "$(cat "$dir/$1.pid")" 2>/dev/null || [ $SECONDS -ge $deadline ]; then
			tail -n 15 "$dir/$1.log" >&2
			fail "$1 does not answer; its log is $dir/$1.log"
		fi
		sleep 0.1
	done
}

main "$@"
