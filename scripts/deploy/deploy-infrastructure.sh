#!/bin/sh
# Brings the infrastructure of the development server to what the Compose files say: mage deploy:infra dev, with
# the same flags. It is also found as scripts/deployment/deploy-infrastructure.sh.
exec "$(dirname -- "$0")/../mage" deploy:infra dev "$@"
