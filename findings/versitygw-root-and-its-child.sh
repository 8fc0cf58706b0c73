#!/usr/bin/env bash
# versitygw: S3 keeps "a" and "a/b" side by side, "x//y" beside "x/y", and a "folder/" with content; a file system's gateway does none.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
remove() { { kill "$server" && wait "$server"; } 2>/dev/null; }

version "versitygw v1.8.0 ($(go env GOVERSION))"
CGO_ENABLED=0 GOBIN=$dir go install github.com/versity/versitygw/cmd/versitygw@v1.8.0 >go.log 2>&1 || { tail -n 15 go.log >&2; exit 1; }
port=$((20000 + RANDOM % 10000))
mkdir data
ROOT_ACCESS_KEY_ID=finding ROOT_SECRET_ACCESS_KEY=findings ./versitygw --port "127.0.0.1:$port" --quiet posix "$dir/data" >server.log 2>&1 &
server=$!
until (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do sleep 0.1; done

# s3 METHOD KEY [CONTENT] prints the status and S3's code of an error.
s3() {
	local content=()
	[ $# -lt 3 ] || content=(--data-binary "$3")
	curl -s -o answer --path-as-is -w "$1 $2 %{http_code}" -X "$1" --aws-sigv4 aws:amz:us-east-1:s3 --user finding:findings \
		-H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' "${content[@]}" "http://127.0.0.1:$port/box/$2"
	printf ' %s\n' "$(grep -o '<Code>[^<]*' answer | cut -c7-)"
}
s3 PUT '' >/dev/null
guess "five times 200: to S3 a key is a text, and a slash in it is a character as any other"
seen "PUTs of keys that S3 tells apart, then what is under x/y" 'PUT a 200 
PUT a/b 409 ObjectParentIsFile
PUT x/y 200 
PUT x//y 200 
PUT folder/ 400 DirectoryObjectContainsData
GET x/y: two' "$(s3 PUT a one; s3 PUT a/b two; s3 PUT x/y one; s3 PUT x//y two; s3 PUT folder/ three; s3 GET x/y >/dev/null; printf 'GET x/y: %s' "$(cat answer)")"
matters "two are refused, which one sees; \"x//y\" overwrites \"x/y\" with 200, which nobody sees: objects that are restored from MinIO or S3
          may become fewer, and a count after a restore is the only check"
