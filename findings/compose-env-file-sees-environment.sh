#!/usr/bin/env bash
# ${NAME} in an env_file is the service's own `environment:` value, unless the shell or .env has that name.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
unset HOST_NAME PORT_NUMBER

cat >compose.yaml <<'YAML'
name: order
services:
  app:
    image: app
    env_file: [app.env]
    environment: {HOST_NAME: service, PORT_NUMBER: "1"}
  plain:
    image: app
    env_file: [app.env]
YAML
# shellcheck disable=SC2016
echo 'URL=http://${HOST_NAME-none}:${PORT_NUMBER-none}' >app.env
echo PORT_NUMBER=2 >.env

url() { compose config "$1" | grep URL | sed 's/^ *//'; }

version "$(compose version)"
guess "environment: overrides what env_file says, and is not read by it: URL is http://none:2 in both services"
seen "a service without environment" "URL: http://none:2" "$(url plain)"
seen "a service with HOST_NAME and PORT_NUMBER in environment" "URL: http://service:2" "$(url app)"
matters "one env file has another content in each service, and a URL may be put together from both worlds: the container's
          PORT_NUMBER is 1, its URL says 2"
