# shellcheck shell=sh
set -eu
umask 077
container=$1 file=$2 part=$3 complete=$4
shift 4
mkdir -p "${file%/*}"
trap 'rm -f "$part"' EXIT
trap 'exit 1' HUP INT TERM
IFS= read -r SPELLBOOK_PASSWORD || true
export SPELLBOOK_PASSWORD # "" stands for none
docker exec -e SPELLBOOK_PASSWORD "$container" "$@" >"$part" </dev/null
tail -c 4096 "$part" | grep -qxFe "$complete" || {
	echo "the dump ended before its last line" >&2
	exit 1
}
sync "$part" 2>/dev/null || sync
mv "$part" "$file"
