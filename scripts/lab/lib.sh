# shellcheck shell=bash
# What the lab's scripts share. Sourced, never run.

# speaker is whose lines they are; a script may set its own.
speaker=lab

# patient has apt-get wait for another one, as of the system's own upgrades.
# shellcheck disable=SC2034 # the scripts use it
readonly patient=(-o DPkg::Lock::Timeout=300)

say() { printf '%s: %s\n' "$speaker" "$*"; }

# fail MESSAGE [EXIT_CODE] says what is wrong and what to do about it, and ends the script.
fail() {
	printf '%s: %s\n' "$speaker" "$1" >&2
	exit "${2:-1}"
}

# as_root runs a command as root: directly when we are, through sudo when we are not.
as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		fail "\"$1\" needs root: run this as root or install sudo"
	fi
}

# within SECONDS COMMAND… ends a command that takes longer, where timeout(1) exists (macOS has none).
within() {
	if command -v timeout >/dev/null; then timeout "$@"; else "${@:2}"; fi
}

# engine_is_mine holds when an engine answers to this user.
engine_is_mine() { within 5 docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

# engine_answers is about the engine itself: one that only root may talk to counts as well.
engine_answers() {
	engine_is_mine && return
	[ "$(id -u)" -ne 0 ] && command -v sudo >/dev/null &&
		within 5 sudo -n docker version --format '{{.Server.Version}}' >/dev/null 2>&1
}

# link_of prints what a symbolic link points to, and nothing for anything else.
link_of() { readlink "$1" 2>/dev/null || true; }

# compose_is_recent holds when there is a `docker compose` of version 2.20 or later, which
# is the oldest that the Compose files here are written for.
compose_is_recent() {
	local version major minor
	version=$(docker compose version --short 2>/dev/null) || return 1
	IFS=. read -r major minor _ <<<"${version#v}"
	[ "$major" -gt 2 ] 2>/dev/null || { [ "$major" = 2 ] && [ "${minor%%[!0-9]*}" -ge 20 ]; }
}
