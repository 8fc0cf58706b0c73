#!/usr/bin/env bash
# Every check of this repository, from a bare Debian machine: installs what is missing, starts an engine
# when none answers, builds the lab's images, and then runs `mage ci` (scripts/test.sh -only=lint,unit
# for some of it). With -engine=VERSION it is the end-to-end tests alone, on the second engine of scripts/lab/engine.sh:
# 26-containerd, 26 or 29. Whatever happens, the containers, networks, volumes and images of tests are removed at the end,
# by label; the lab's images and all caches stay, so that the next run is quicker. The exit code is that of ci.
# It needs Go, and root or sudo: some tests hide the engine's socket, or run an SSH server.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly root
# shellcheck source-path=SCRIPTDIR source=lab/lib.sh
. "$root/scripts/lab/lib.sh"
speaker='test'

# tools are the commands that checks use, with the Debian packages they come in.
readonly tools="
gcc:gcc,libc6-dev
flock:util-linux
git:git
ps:procps
shellcheck:shellcheck
ssh:openssh-client
sshd:openssh-server
tmux:tmux
docker-registry:docker-registry
haproxy:haproxy
node:nodejs
npm:npm
pytest-3:python3-pytest,python3-junitparser,flake8
"

engine=''    # the version of the second one, where that is wanted
arguments=() # of ci
inside=()    # what runs a command on the second engine

main() {
	cd "$root"
	export PATH=$PATH:/usr/local/go/bin:/usr/sbin:/sbin
	[ "$(id -u)" -eq 0 ] || exec_as_root "$@"
	options "$@"
	set -- "${arguments[@]}"
	neutral_environment
	require_go
	alone
	scripts/lab/install.sh --lab 8>&-
	install_tools
	scripts/lab/engine.sh 8>&-
	trap clean_up EXIT
	scripts/lab/images.sh 8>&-
	scripts/lab/images.sh plugins 8>&-
	scripts/lab/images.sh build 8>&-
	scripts/lab/images.sh engine 8>&-
	scripts/lab/images.sh deploy 8>&-
	[ -z "$engine" ] || inside=(scripts/lab/engine.sh "$engine" exec)
	say "$(go env GOVERSION), Docker engine $("${inside[@]}" docker version --format '{{.Server.Version}}' 8>&-), Compose $(docker compose version --short)"
	ci "$@"
}

# options takes -engine=VERSION out of the arguments; the others are those of ci.
options() {
	local one
	for one in "$@"; do
		case $one in
		-engine=*) engine=${one#*=} ;;
		*) arguments+=("$one") ;;
		esac
	done
	[ -n "$engine" ] || return 0
	case $engine in
	26 | 26-containerd | 29) ;;
	*) fail "there is no second engine $engine: -engine=26-containerd, -engine=26 or -engine=29" 2 ;;
	esac
	[[ " ${arguments[*]} " == *' -only='* ]] || arguments+=(-only=e2e)
}

# exec_as_root keeps PATH, which is where Go is found, and takes root's home and caches.
exec_as_root() {
	command -v sudo >/dev/null || fail "run this as root, or install sudo" 3
	exec sudo --set-home env "PATH=$PATH" ${CI:+"CI=$CI"} ${GITHUB_ACTIONS:+"GITHUB_ACTIONS=$GITHUB_ACTIONS"} \
		${GITHUB_STEP_SUMMARY:+"GITHUB_STEP_SUMMARY=$GITHUB_STEP_SUMMARY"} bash "$root/scripts/test.sh" "$@"
}

# neutral_environment drops what would send tests to another engine, project or platform, and gives
# Go a place for its caches where there is none.
neutral_environment() {
	local name
	while read -r name; do
		case $name in
		DOCKER_* | COMPOSE_* | BUILDX_* | BUILDKIT_* | MAGEFILE_* | SPELLBOOK_* | GOOS | GOARCH | GOWORK | CDPATH) unset "$name" ;;
		esac
	done < <(compgen -e)
	export LC_ALL=C.UTF-8
	[ -d "${TMPDIR:-/tmp}" ] || unset TMPDIR
	if [ ! -w "${HOME:-/nonexistent}" ]; then
		HOME=$(getent passwd "$(id -u)" | cut -d: -f6)
		[ -w "$HOME" ] || HOME=/var/tmp/spellbook-home
	fi
	mkdir -p "$HOME"
	export HOME
	# A clone that belongs to somebody else makes Git, and with it go build, refuse to tell the version.
	GOFLAGS="$(go env GOFLAGS 2>/dev/null) -buildvcs=false"
	export GOFLAGS
}

require_go() {
	command -v go >/dev/null || fail "Go 1.26 or newer is needed: install it from https://go.dev/dl" 3
	go list -m >/dev/null || fail "this project needs Go 1.26 or newer, not $(go env GOVERSION): install it from https://go.dev/dl" 3
}

# alone waits for another run on this machine, whose containers the end of this one would take away.
# The commands below run without descriptor 8: an engine that they start would hold the lock for ever.
alone() {
	command -v flock >/dev/null || return 0
	exec 8>/var/lock/spellbook-test.lock
	flock --nonblock 8 && return
	say "waiting for another scripts/test.sh to end"
	flock 8
}

install_tools() {
	local line out packages=()
	for line in $tools; do
		command -v "${line%%:*}" >/dev/null || packages+=("${line#*:}")
	done
	[ -e /etc/ssl/certs/ca-certificates.crt ] || packages+=(ca-certificates)
	[ ${#packages[@]} -gt 0 ] || return 0
	say "installing Debian packages: ${packages[*]//,/ }"
	apt-get update -qq || say "apt-get update had trouble, going on"
	# shellcheck disable=SC2068 # a tool may come in several packages
	out=$(DEBIAN_FRONTEND=noninteractive apt-get "${patient[@]}" install -qq -y --no-install-recommends ${packages[@]//,/ } 2>&1) ||
		fail "apt-get install ${packages[*]//,/ }: $(tail -n 5 <<<"$out")"
}

# ci runs in a process group of its own, so that a signal to this script alone reaches it as well, and
# this script lives on to clean up.
ci() {
	local job status
	# One check after the other: most use all processors, and there is one engine. All run, whatever fails.
	[[ " $* " == *' -jobs='* ]] || set -- "$@" -jobs=1
	[[ " $* " == *' -keepgoing'* ]] || set -- "$@" -keepgoing
	set -m
	"${inside[@]}" scripts/mage ci "$@" </dev/null 8>&- &
	job=$!
	set +m
	# shellcheck disable=SC2064 # the process id is meant to be filled in now
	trap "kill -s INT -- -$job" INT
	# shellcheck disable=SC2064
	trap "kill -s TERM -- -$job" TERM HUP
	while :; do # a signal ends wait, and not the job
		status=0
		wait "$job" || status=$?
		kill -0 "$job" 2>/dev/null || return "$status"
	done
}

# clean_up removes what tests left behind: what belongs to Compose projects named sbtest-…, and nothing else.
# The results become those of the user who called sudo.
clean_up() {
	remove 'container rm --force --volumes' container ls --all --no-trunc
	remove 'network rm' network ls --no-trunc
	remove 'volume rm' volume ls
	remove_images
	# What root wrote is no one else's to read, and the results are to be uploaded.
	[ -z "${SUDO_UID-}" ] || chown -R "$SUDO_UID:${SUDO_GID-}" "$root/.spellbook" || true
}

# remove_images removes what tests built, by the same label.
remove_images() {
	local label=com.docker.compose.project ids
	ids=$(docker image ls --quiet --no-trunc --filter "label=$label" | sort -u)
	[ -n "$ids" ] || return 0
	# shellcheck disable=SC2086 # words are meant
	ids=$(docker image inspect --format "{{.Id}} {{index .Config.Labels \"$label\"}}" $ids | awk '$2 ~ /^sbtest-/ { print $1 }') || true
	[ -n "$ids" ] || return 0
	say "removing the images that tests built: $(wc -w <<<"$ids")"
	# shellcheck disable=SC2086
	docker image rm --force $ids >/dev/null || true
}

# remove COMMAND LIST… gives the ids that a list prints to a command.
remove() {
	local command=$1 label=com.docker.compose.project field='.ID' ids
	shift
	[ "$1" != volume ] || field='.Name'
	ids=$(docker "$@" --filter "label=$label" --format "{{$field}} {{.Label \"$label\"}}" 2>/dev/null |
		awk '$2 ~ /^sbtest-/ { print $1 }') || true
	[ -n "$ids" ] || return 0
	say "removing what tests left: docker $command ${ids//$'\n'/ }"
	# shellcheck disable=SC2086 # words are meant
	docker $command $ids >/dev/null || true
}

main "$@"
