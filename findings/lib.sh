# shellcheck shell=bash
# What the findings share. Sourced, never run.

# A caller's Compose, Docker and Go settings are no part of a finding.
unset COMPOSE_FILE COMPOSE_PROFILES COMPOSE_PROJECT_NAME COMPOSE_ENV_FILES COMPOSE_DISABLE_ENV_FILE COMPOSE_PATH_SEPARATOR
unset BUILDX_BUILDER GOFLAGS GOWORK DEBUG

# folder makes a temporary directory, goes there, and removes it when the script ends.
folder() {
	dir=$(mktemp -d)
	trap leave EXIT
	cd "$dir" || exit
}

# leave removes what the script made; a script with more to remove defines remove.
leave() {
	if declare -F remove >/dev/null; then remove || true; fi
	cd /
	rm -rf "$dir"
}

version() { printf 'version:  %s\n' "$*"; }
guess() { printf 'guess:    %s\n' "$*"; }
matters() { printf 'matters:  %s\n' "$*"; }

# seen WHAT KNOWN NOW prints what is seen now, and ends the script with 1 where it is not what is known.
seen() {
	printf 'seen:     %s:\n' "$1"
	printf '%s\n' "$3" | sed 's/^/          | /'
	[ "$2" = "$3" ] && return
	printf 'CHANGED:  was known as:\n'
	printf '%s\n' "$2" | sed 's/^/          | /'
	exit 1
}

# containerd_store ends the script where the engine does not keep its images in containerd.
containerd_store() {
	docker info -f '{{.DriverStatus}}' | grep -q io.containerd.snapshotter ||
		{ echo "needs an engine with containerd's image store: scripts/lab/engine.sh 26-containerd exec $0" >&2; exit 1; }
	version "Docker engine $(docker version -f '{{.Server.Version}}')"
}

# compose runs Docker Compose v5.6.0: the installed one, or one built into the temporary directory.
compose() { plugin compose v5.6.0 github.com/docker/compose/v5 cmd internal.Version "$@"; }

# buildx runs Docker buildx v0.38.2 likewise.
buildx() { plugin buildx v0.38.2 github.com/docker/buildx cmd/buildx version.Version "$@"; }

plugin() {
	local name=$1 want=$2 module=$3 package=$4 variable=$5 binary=$dir/.tools/$1
	shift 5
	if [ ! -x "$binary" ] && docker "$name" version 2>/dev/null | grep -qw -- "$want"; then
		docker "$name" "$@"
		return
	fi
	if [ ! -x "$binary" ]; then
		mkdir -p "$dir/.tools/src"
		(
			cd "$dir/.tools/src"
			go mod init tools
			go get "$module/$package@$want"
			CGO_ENABLED=0 go build -ldflags "-s -w -X $module/$variable=$want" -o "$binary" "$module/$package"
		) >"$dir/.tools/log" 2>&1 || { tail -n 15 "$dir/.tools/log" >&2; exit 1; }
	fi
	"$binary" "$@"
}

# patiently COMMAND… tries for ten seconds until it succeeds. Where it never does, what is seen then tells.
patiently() {
	for _ in {1..100}; do
		if "$@"; then return; fi
		sleep 0.1
	done
}

# listening PORT PROCESS waits until a server that was started answers, and ends the script where that has ended.
listening() {
	until (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; do
		kill -0 "$2" 2>/dev/null || { echo "the server of port $1 has ended" >&2; exit 1; }
		sleep 0.1
	done
}

# go_build MODULE@VERSION… builds the main.go of the working directory as ./program.
go_build() {
	{
		go mod init finding
		go get "$@"
		go mod tidy
		CGO_ENABLED=0 go build -o program .
	} >go.log 2>&1 || { tail -n 15 go.log >&2; exit 1; }
	version "$* ($(go env GOVERSION))"
}

# debian COMMAND=PACKAGE… installs Debian's packages of commands that are missing, without starting a service.
debian() {
	local pair
	PATH=$PATH:/usr/sbin:/sbin
	for pair in "$@"; do
		command -v "${pair%=*}" >/dev/null && continue
		apt-get update -qq >/dev/null 2>&1 || true
		apt-get install -qq -y --no-install-recommends "${pair#*=}" >/dev/null 2>&1
	done
}

# busybox_image NAME makes an image of Debian's busybox alone, of image.tar.
busybox_image() {
	debian busybox=busybox-static
	tar -cf image.tar -C "$(dirname "$(command -v busybox)")" busybox
	docker import image.tar "$1" >/dev/null
}

# shell_image NAME makes an image with a shell and its commands, of Debian's busybox.
shell_image() {
	debian busybox=busybox-static
	mkdir -p root/bin root/etc root/tmp
	cp "$(command -v busybox)" root/bin/busybox
	for command in $(busybox --list); do [ "$command" = busybox ] || ln -sf busybox "root/bin/$command"; done
	tar -c -C root . | docker import --change 'ENV PATH=/bin' - "$1" >/dev/null
	rm -rf root
}

# ssh_server starts an OpenSSH server with a key of its own on 127.0.0.1:$port; `ssh -F client server` reaches it as this user.
# It takes the variables FINDING_*. The script ends it by server.pid.
ssh_server() {
	debian ssh=openssh-client sshd=openssh-server
	port=$((20000 + RANDOM % 10000))
	[ "$(id -u)" -ne 0 ] || mkdir -p /run/sshd
	ssh-keygen -q -t ed25519 -N '' -f key
	cp key hostkey
	printf '%s\n' "ListenAddress 127.0.0.1:$port" "HostKey $dir/hostkey" "AuthorizedKeysFile $dir/key.pub" "PidFile $dir/server.pid" \
		'StrictModes no' 'UsePAM no' 'PasswordAuthentication no' 'KbdInteractiveAuthentication no' 'AcceptEnv FINDING_*' >sshd_config
	printf '%s\n' 'Host server' 'HostName 127.0.0.1' "Port $port" "User $(id -un)" "IdentityFile $dir/key" 'IdentitiesOnly yes' \
		"UserKnownHostsFile $dir/known" 'BatchMode yes' >client
	echo "[127.0.0.1]:$port $(cat key.pub)" >known
	"$(command -v sshd)" -f sshd_config -E server.log
	until (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do sleep 0.1; done
	version "$(ssh -V 2>&1)"
}

# postgres_server starts Debian's PostgreSQL 15 in the temporary directory, with an empty database app that psql and pg_dump
# go to. The script ends it by postgres_stop.
postgres_server() {
	PATH=/usr/lib/postgresql/15/bin:$PATH
	debian initdb=postgresql-15
	unset "${!PG@}"
	export PGHOST=$dir/cluster PGUSER=postgres
	mkdir cluster
	postgres=()
	if [ "$(id -u)" -eq 0 ]; then
		chmod 711 "$dir"
		chown postgres cluster
		postgres=(runuser -u postgres --)
	fi
	"${postgres[@]}" initdb -D cluster/data -U postgres -A trust -N >/dev/null
	"${postgres[@]}" pg_ctl -D cluster/data -o "-F -k $dir/cluster -h ''" -l cluster/log -w start >/dev/null
	createdb app
	export PGDATABASE=app
	version "$(pg_dump --version)"
}
postgres_stop() { "${postgres[@]}" pg_ctl -D cluster/data -m immediate -w stop >/dev/null; }
