#!/usr/bin/env bash
# Every call of a CLI plugin starts its program twice: first for what it says of itself, which nothing keeps.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

version "$(docker --version)"
guess "\`docker compose version\` runs docker, and that runs the plugin"
matters 'to ask Compose for its version costs the start of three programs, at the cold start of every stack: internal/load remembers the answer while they are the same'

mkdir -p config/cli-plugins
cat >config/cli-plugins/docker-echo <<'EOF'
#!/bin/sh
echo "$1" >>"$CALLS"
[ "$1" = docker-cli-plugin-metadata ] && echo '{"SchemaVersion":"0.1.0","Vendor":"finding","Version":"1"}'
exit 0
EOF
chmod +x config/cli-plugins/docker-echo
export DOCKER_CONFIG=$PWD/config CALLS=$PWD/calls
docker echo hello
docker echo hello
seen 'what the plugin is started with in two calls' 'docker-cli-plugin-metadata
echo
docker-cli-plugin-metadata
echo' "$(cat calls)"
