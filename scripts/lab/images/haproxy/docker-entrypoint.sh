#!/bin/sh
# As the official image does: a master and its workers, in the foreground, whatever else haproxy is told.
set -eu

case ${1:-} in
-*) set -- haproxy "$@" ;;
esac
if [ "${1:-}" = haproxy ]; then
	shift
	set -- haproxy -W -db "$@"
fi
exec "$@"
