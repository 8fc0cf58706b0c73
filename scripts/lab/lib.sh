# shellcheck shell=bash
# What the lab's scripts share. Sourced, never run.

say() { printf 'lab: %s\n' "$*"; }

# fail MESSAGE [EXIT_CODE] says what is wrong and what to do about it, and ends the script.
fail() {
	printf 'lab: %s\n' "$1" >&2
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

# engine_answers is about the engine itself: a socket that only root may open counts as well.
engine_answers() {
	timeout 5 docker version --format '{{.Server.Version}}' >/dev/null 2>&1 && return
	[ "$(id -u)" -ne 0 ] && command -v sudo >/dev/null &&
		timeout 5 sudo -n docker version --format '{{.Server.Version}}' >/dev/null 2>&1
}

# link_of prints what a symbolic link points to, and nothing for anything else.
link_of() { readlink "$1" 2>/dev/null || true; }

# compose_is_recent VERSION holds when `docker compose` is there and at least of that version.
compose_is_recent() {
	local version
	version=$(docker compose version --short 2>/dev/null) || return 1
	printf '%s\n%s\n' "$1" "${version#v}" | sort --check --version-sort 2>/dev/null
}
