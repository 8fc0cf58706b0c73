#!/usr/bin/env bash
# Compose: an override's `extra_hosts` of a name that is there adds a second address below the first, `dns` likewise.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
debian jq=jq

cat >compose.yaml <<'YAML'
name: finding
services:
  web: {image: web, extra_hosts: ["db:10.0.0.1"], dns: [10.0.0.53], sysctls: ["net.core.somaxconn=1024"]}
YAML
cat >override.yaml <<'YAML'
services:
  web: {extra_hosts: ["db:10.0.0.2"], dns: [10.0.0.54], sysctls: ["net.core.somaxconn=4096"]}
YAML
cat >reset.yaml <<'YAML'
services:
  web: {extra_hosts: !override ["db:10.0.0.2"]}
YAML
web() { compose -f compose.yaml -f "$1" config --format json | jq -c ".services.web.$2"; }

version "$(compose version)"
guess "an entry of a name that is there replaces it, as sysctls, labels, environment and volumes of one path do, whatever form they are in"
seen "sysctls of both" '{"net.core.somaxconn":"4096"}' "$(web override.yaml sysctls)"
seen "extra_hosts of both" '["db=10.0.0.1","db=10.0.0.2"]' "$(web override.yaml extra_hosts)"
seen "dns of both" '["10.0.0.53","10.0.0.54"]' "$(web override.yaml dns)"
seen "extra_hosts: !override" '["db=10.0.0.2"]' "$(web reset.yaml extra_hosts)"
matters "the override that sends a stack to a test database leaves the address of the first file first in /etc/hosts, where the
          first is tried first; what is to replace has to be marked with !override"
