#!/usr/bin/env bash
# From a bare machine to a running infrastructure: installs what is missing (on Debian and Ubuntu),
# selects an environment unless there is one, and starts PostgreSQL, Neo4j and Redis.
# Safe to run again: it keeps what it finds. Exit code 3: something has to be installed by hand.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly root
# shellcheck source-path=SCRIPTDIR source=lab/lib.sh
. "$root/scripts/lab/lib.sh"
speaker=quickstart

main() {
	cd "$root"
	require_go
	if ! engine_answers || ! compose_is_recent; then scripts/lab/install.sh; fi
	engine_answers || scripts/lab/engine.sh
	engine_is_mine || enter_docker_group "$@"
	select_environment
	scripts/mage infra:up
}

# require_go asks Go whether it can build this project, which depends on more than its version.
require_go() {
	# sudo resets PATH, and with it the directory that Go is usually in.
	if ! command -v go >/dev/null; then
		PATH=$PATH:/usr/local/go/bin
		command -v go >/dev/null || fail "Go 1.26 or newer is needed: install it from https://go.dev/dl" 3
		[ -n "${SUDO_USER:-}" ] || say "scripts/mage will need Go in PATH: export PATH=\$PATH:/usr/local/go/bin"
	fi
	go list -m >/dev/null 2>&1 || fail "this project needs Go 1.26 or newer, not $(go env GOVERSION): install it from https://go.dev/dl" 3
}

# enter_docker_group runs this script again as a member of the group docker, which is who may talk to
# the engine: with sg when the user has joined it since the login, and otherwise with sudo, for this
# once. (sudo -g would be refused by the rule that cloud images come with, "ALL=(ALL)": that is for users
# and not for groups.) Joining for good is as much as being root, so that is left to the user.
enter_docker_group() {
	local user group again as_member
	user=$(id -un)
	again=(env "PATH=$PATH" SPELLBOOK_IN_DOCKER_GROUP=1 "$root/scripts/quickstart.sh" "$@")
	if [ -z "${SPELLBOOK_IN_DOCKER_GROUP:-}" ]; then # once is enough
		if command -v sg >/dev/null && id -nG "$user" | grep -qw docker; then
			exec sg docker -c "$(printf '%q ' "${again[@]}")"
		fi
		group=$(getent group docker | cut -d: -f3) || true
		as_member=(setpriv --reuid "$user" --regid "$(id -g)" --groups "$(id -G | tr ' ' ,),$group")
		if [ -n "$group" ] && command -v sudo >/dev/null && sudo "${as_member[@]}" true 2>/dev/null; then
			say "using the Docker engine through sudo, as $user is not in the group docker: \"sudo usermod -aG docker $user\" changes that"
			exec sudo "${as_member[@]}" env "HOME=$HOME" "USER=$user" "LOGNAME=$user" "${again[@]}"
		fi
	fi
	fail "$user may not talk to the Docker engine: run \"sudo usermod -aG docker $user\" and then this again" 3
}

# select_environment keeps the active environment if there is one. Otherwise it is the local one, or
# the lab where images cannot be pulled.
select_environment() {
	local reason
	if [ -e .env ]; then
		say "keeping the environment that .env selects"
	elif reason=$(why_no_images); then
		say "images cannot be pulled here ($reason): using the lab, with images built from Debian's packages"
		scripts/mage env:lab
	else
		scripts/mage env:local
	fi
	case $(link_of .env) in
	*.env.lab) scripts/lab/images.sh postgres redis neo4j ;; # at once when they are there
	esac
}

# why_no_images succeeds, and says why, when an image that the stack needs is neither here nor to be had.
why_no_images() {
	local image out
	# An engine with mirrors has a way of its own, which the docker command cannot test.
	[ "$(docker info --format '{{len .RegistryConfig.Mirrors}}')" = 0 ] || return 1
	while read -r image; do
		docker image inspect "$image" >/dev/null 2>&1 && continue
		# One image stands for the registry: each question counts against its rate limit.
		out=$(within 8 docker manifest inspect "$image" 2>&1) && return 1
		out=$(tail -n 1 <<<"$out")
		out=${out##*: } # the last part of Go's chain of errors is the cause
		echo "$image: ${out:-no answer within 8 seconds}"
		return 0
	done < <(sed -n 's/^[A-Z0-9_]*_IMAGE=//p' env/.env.example)
	return 1
}

main "$@"
