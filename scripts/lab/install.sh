#!/usr/bin/env bash
# Installs what a stack needs on Debian or Ubuntu, and only what is missing: a Docker engine, and
# Compose and buildx as plugins of the docker command, built from the Go module proxy.
# With --lab it adds what building the lab's images needs. Says nothing when there is nothing to do.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here
# What root installs is for everybody, and nobody else can look into root's home.
if [ "$(id -u)" -eq 0 ]; then cache=/usr/local/lib; else cache=${XDG_CACHE_HOME:-$HOME/.cache}; fi
readonly cache=$cache/spellbook/tools

main() {
	local packages=()
	if needs_engine; then
		for package in docker.io iptables iproute2; do
			has_package "$package" || packages+=("$package")
		done
	fi
	if [ "${1:-}" = --lab ] && ! has_command debootstrap; then packages+=(debootstrap); fi
	install_packages "${packages[@]}"
	# Later Debians keep the docker command in a package of its own.
	has_command docker || install_packages docker-cli

	install_plugin docker-compose github.com/docker/compose/v5 cmd internal.Version
	install_plugin docker-buildx github.com/docker/buildx cmd/buildx version.Version
}

# needs_engine holds when there is no engine here and none elsewhere that answers. An engine that is
# installed but not running is for engine.sh to start.
needs_engine() { ! has_command dockerd && ! engine_answers; }

# has_command looks into the directories of root's PATH too, which an ordinary user's PATH lacks.
has_command() { PATH=$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null; }

has_package() { [ -e "/var/lib/dpkg/info/$1.list" ]; }

install_packages() {
	[ $# -gt 0 ] || return 0
	has_command apt-get || fail "installing $* needs Debian or Ubuntu (apt-get): install them by hand here" 3
	say "installing Debian packages: $*"
	local out
	# One refresh is enough for stale lists; the install itself says what a missing package is called.
	out=$(as_root apt-get update -qq 2>&1) || say "apt-get update had trouble, going on: ${out##*$'\n'}"
	out=$(as_root env DEBIAN_FRONTEND=noninteractive apt-get "${patient[@]}" install -qq -y --no-install-recommends "$@" 2>&1) ||
		fail "apt-get install $*: $(tail -n 5 <<<"$out")"
}

# install_plugin NAME MODULE COMMAND VERSION_VARIABLE makes the version that tools/ pins available
# as `docker compose` or `docker buildx`, unless the machine brings a good one of its own.
install_plugin() {
	local name=$1 module=$2 command=$3 variable=$4
	local pinned version binary
	pinned=$here/tools/${name#docker-}
	version=$(awk -v m="$module" '$1 == m { print $2; exit }' "$pinned/go.mod")
	binary=$cache/$name-$version
	if plugin_is_ours "$name" "$name-$version"; then return; fi
	if plugin_is_good "$name"; then return; fi

	shared_directory "$cache"
	exec 9>"$cache/.lock" # two installs at once would compile the same thing twice
	flock 9
	[ -x "$binary" ] || build "$binary" "$pinned" "$module/$command" "$module/$variable=$version"
	exec 9>&-
	shared_directory "$(plugin_directory)"
	ln -sfn "$binary" "$(plugin_directory)/$name"
}

# shared_directory makes a directory that others can read, whatever root's umask is.
shared_directory() { (umask 022 && mkdir -p "$1"); }

# build compiles a command of a module that is pinned in a go.mod of its own, apart from the
# project's: these tools' hundreds of dependencies are none of the project's.
build() {
	local binary=$1 pinned=$2 package=$3 stamp=$4 out
	has_command go || fail "building ${binary##*/} needs Go 1.26.8 or newer: https://go.dev/dl" 3
	# Nothing above brings the certificates that Go trusts the module proxy by.
	if [ ! -e /etc/ssl/certs/ca-certificates.crt ] && has_command apt-get; then install_packages ca-certificates; fi
	say "building ${binary##*/} from the Go module proxy (a minute or two)"
	# What it says of downloads, a line for each of a hundred modules, is of no interest.
	out=$(cd "$pinned" && GOWORK=off CGO_ENABLED=0 go build -buildvcs=false -trimpath -ldflags "-s -w -X $stamp" \
		-o "$binary.$$" "$package" 2>&1) ||
		fail "go build $package in $pinned: $(grep -v '^go: downloading ' <<<"$out" | tail -n 15)"
	chmod 0755 "$binary.$$"
	mv "$binary.$$" "$binary" # whole or not at all
}

# plugin_directory is one that the docker command always reads: root installs for any DOCKER_CONFIG.
plugin_directory() {
	if [ "$(id -u)" -eq 0 ]; then
		echo /usr/local/lib/docker/cli-plugins
	else
		echo "${DOCKER_CONFIG:-$HOME/.docker}/cli-plugins"
	fi
}

plugin_is_ours() {
	local link
	link=$(plugin_directory)/$1
	[ -x "$link" ] && [[ $(link_of "$link") == */spellbook/tools/"$2" ]]
}

# plugin_is_good holds for a plugin that somebody else installed, and that is new enough.
plugin_is_good() {
	[[ $(link_of "$(plugin_directory)/$1") == */spellbook/tools/* ]] && return 1 # ours, and outdated
	case $1 in
	docker-compose) compose_is_recent ;;
	*) docker "${1#docker-}" version >/dev/null 2>&1 ;;
	esac
}

main "$@"
