#!/usr/bin/env bash
# Starts versitygw from what one gives to MinIO: minio server DIRECTORY [--address A] [--console-address A],
# with MINIO_ROOT_USER and MINIO_ROOT_PASSWORD. Buckets become directories of DIRECTORY/buckets, older
# versions of their objects go to DIRECTORY/versions.
set -euo pipefail

main() {
	[ "${1:-}" = server ] || fail "the lab's S3 server understands: minio server DIRECTORY [--address A] [--console-address A]"
	shift
	local directory='' address=:9000 console=''
	while [ $# -gt 0 ]; do
		case $1 in
		--address) address=${2:?needs an address} && shift 2 ;;
		--console-address) console=${2:?needs an address} && shift 2 ;;
		--*) fail "the lab's S3 server does not know $1" ;;
		*) directory=$1 && shift ;;
		esac
	done
	[ -n "$directory" ] || fail 'minio server: needs a directory'
	credentials
	mkdir -p "$directory/buckets" "$directory/versions"
	local options=(--port "$address" --health /minio/health/cluster --quiet)
	[ -z "$console" ] || options+=(--webui "$console")
	exec versitygw "${options[@]}" posix --versioning-dir "$directory/versions" "$directory/buckets"
}

# credentials has MinIO's rules. They go on in the environment: a command line is everybody's to read.
credentials() {
	export ROOT_ACCESS_KEY_ID=${MINIO_ROOT_USER:-minioadmin}
	export ROOT_SECRET_ACCESS_KEY=${MINIO_ROOT_PASSWORD:-minioadmin}
	unset MINIO_ROOT_USER MINIO_ROOT_PASSWORD
	[ ${#ROOT_ACCESS_KEY_ID} -ge 3 ] || fail 'MINIO_ROOT_USER needs at least 3 characters'
	[ ${#ROOT_SECRET_ACCESS_KEY} -ge 8 ] || fail 'MINIO_ROOT_PASSWORD needs at least 8 characters'
}

fail() {
	echo "minio: $1" >&2
	exit 1
}

main "$@"
